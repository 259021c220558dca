/* A producer for a language whose calls into C are slow. kera.h has the general rules.
 *
 * The caller's thread lays out records itself (sbe-schemas/chunk.md). It writes them into shared
 * chunks: chunk buffers in the memory that is sent. The client's loop numbers, checksums, sends and
 * retries the chunks, and closes those that have waited long enough. The two talk over two rings
 * (Agrona's OneToOneRingBuffer) and one word for each shared chunk. So nothing is called per
 * record, nor per chunk.
 *
 * The loop lends a shared chunk to the caller: from granted to opened, and again from settled to
 * returned. In between the chunk is the loop's, but the caller may add records to its word. The
 * caller commits a record by a compare-and-set of the word. Once the loop has set
 * KERA_SHARED_CHUNK_CLOSED the compare-and-set fails. The record lies behind what was sent, and the
 * caller moves it to another chunk. native/src/client/README.md has the details.
 *
 * A shared producer belongs to one thread at a time, except flush, await, stats and close. With
 * kera_shared_area.many_threads, any number of threads lay out records in one chunk: see below. */
#pragma once

#include "kera/kera_producer.h"

KERA_C_BEGIN

typedef struct kera_shared_producer kera_shared_producer;

/* The word of a kera_shared_chunk_state: bytes used, header included, in the lower half; the count
 * of records in the upper half. */
#define KERA_SHARED_CHUNK_RECORD (INT64_C(1) << 32)
#define KERA_SHARED_CHUNK_CLOSED INT64_MIN

/* With many threads, the word counts what is reserved, in other parts: bytes, header included, in
 * units of 8 (24 bits), records (12 bits), and a generation (27 bits) that the caller increases
 * each time it opens the chunk. A thread
 *   1. reserves by a compare-and-set of the word (the caller may set CLOSED too, when it is full),
 *   2. writes the record,
 *   3. commits by an atomic addition of the record's bytes to `committed`. If it cannot write the
 *      record, it adds KERA_SHARED_CHUNK_SPOILT as well: then all records of the chunk fail.
 * Whoever finds after step 3 that the word is closed and all of it committed says FULL. The loop
 * sends a closed chunk once all of it is committed. A word that is lent has CLOSED, and the
 * generation 0. */
#define KERA_SHARED_CHUNK_UNIT_BYTES 8
#define KERA_SHARED_CHUNK_RESERVED (INT64_C(1) << 24)
#define KERA_SHARED_CHUNK_GENERATION (INT64_C(1) << 36)
#define KERA_SHARED_CHUNK_SPOILT (INT64_C(1) << 40)

typedef struct kera_shared_chunk_state {
    int64_t word;
    int32_t own_times; /* 1: some record has its own time; set it before the commit */
    int32_t asked;     /* 1: somebody waits for a record's outcome; set it before the commit */
    int64_t committed; /* with many threads: bytes, header included; above, spoilt records */
    int32_t reserved[10];
} kera_shared_chunk_state;

/* The memory that both sides use. Valid until close. */
typedef struct kera_shared_area {
    kera_memory to_loop;
    kera_memory from_loop;
    /* kera_shared_chunk_state by number. With many threads the caller gives this memory to open:
     * one state for each of 2 * memory_bytes / chunk_bytes + 2 chunks, aligned to 8 bytes. The
     * library does not touch it after close, so late threads may still find there that chunks are
     * closed. */
    kera_memory states;
    const volatile uint8_t* asleep; /* not 0: after a message, wake the loop: kera_client_wake() */
    uint64_t chunk_bytes_max;       /* the broker's limit, header included */
    uint32_t chunk_bytes;           /* the option, rounded */
    uint32_t many_threads;          /* given to open: 0 or 1 */
} kera_shared_area;

/* Messages to the loop. The numbers are the types of records in the ring. */
enum kera_to_loop {
    /* After the first record was committed. The streamlet's chunk before it is sent now. */
    KERA_SHARED_CHUNK_OPENED = 1,
    KERA_SHARED_CHUNK_FULL = 2,    /* send it now; no effect if it was already sent */
    KERA_SHARED_CHUNK_WANTED = 3,  /* answered by granted, none_left or refused */
    KERA_SHARED_CHUNK_RETURNED = 4 /* not needed any more, or wanted back by region_retired */
};
/* Messages from the loop. */
enum kera_from_loop {
    KERA_SHARED_CHUNK_GRANTED = 1,
    KERA_SHARED_CHUNK_SETTLED = 2,
    KERA_SHARED_CHUNK_NONE_LEFT =
        3, /* of the ordinary size; a larger one is granted when there is memory */
    KERA_SHARED_CHUNK_REFUSED = 4, /* this size is never possible */
    KERA_REGION_RETIRED = 5,       /* return the free chunks of regions below region_min */
    KERA_SHARED_STREAM_GROWN = 6   /* from now on the stream has this many streamlets */
};

typedef struct kera_shared_chunk_opened {
    uint32_t chunk;
    uint32_t stream; /* handle */
    int32_t streamlet;
    uint32_t reserved;
    int64_t first_timestamp_ms;
} kera_shared_chunk_opened;

typedef struct kera_shared_chunk_number {
    uint32_t chunk;
    uint32_t reserved;
} kera_shared_chunk_number;

typedef struct kera_shared_chunk_wanted {
    uint64_t bytes;
} kera_shared_chunk_wanted;

typedef struct kera_shared_chunk_granted {
    uint32_t chunk;
    uint32_t region;
    uint64_t room_bytes;
    void* address;
} kera_shared_chunk_granted;

#define KERA_SETTLED_DUPLICATE 1U
#define KERA_SETTLED_STOPPED 2U /* the streamlet accepts no more records before recover */
#define KERA_SETTLED_FENCED 4U  /* the producer accepts no more records */
#define KERA_SETTLED_ASKED 8U   /* its state had asked = 1 */

typedef struct kera_shared_chunk_settled {
    uint32_t chunk;
    uint32_t flags;
    uint32_t record_count;
    int32_t code; /* KERA_OK: as durable as requested */
    int64_t base_offset;
    int64_t append_time_ms;
    int64_t limit;
    int64_t value;
    const char* what;
    int32_t cause; /* as in kera_error */
    uint32_t reserved;
} kera_shared_chunk_settled;

typedef struct kera_region_retired {
    uint32_t region_min;
    uint32_t reserved;
} kera_region_retired;

typedef struct kera_shared_stream_grown {
    uint32_t stream; /* handle */
    int32_t streamlets;
} kera_shared_stream_grown;

/* *area is read and written; zero it, or set many_threads and states.
 * options as for kera_producer_open. record_tokens, queue_outcomes, on_outcome, max_block_ns and
 * streamlet_chunks_max are ignored: the caller does these things itself. */
KERA_API int32_t kera_shared_producer_open(kera_client* client,
                                           const kera_producer_options* options, int64_t timeout_ns,
                                           kera_shared_producer** producer, kera_shared_area* area,
                                           kera_error* error);
KERA_API int32_t kera_shared_producer_attach(kera_shared_producer* producer, int64_t stream_id,
                                             int32_t streamlets, uint32_t* handle,
                                             kera_error* error);
/* Closes open chunks, and waits until all chunks are settled and the messages are sent. */
KERA_API int32_t kera_shared_producer_flush(kera_shared_producer* producer, int64_t timeout_ns,
                                            kera_error* error);
/* Waits until the loop has sent so many messages since open, or settled so many chunks with
 * asked = 1. 1: it has; 0: it has not. */
KERA_API int32_t kera_shared_producer_await(kera_shared_producer* producer, int64_t messages,
                                            int64_t asked, int64_t timeout_ns);
KERA_API int32_t kera_shared_producer_recover(kera_shared_producer* producer, uint32_t handle,
                                              int32_t streamlet, kera_error* error);
KERA_API int32_t kera_shared_producer_get_stats(const kera_shared_producer* producer,
                                                kera_producer_stats* stats);
/* Does not flush. The area becomes invalid. With many threads: REQUIRES that all that is reserved
 * is committed, and that no word can be reserved in any more. NULL does nothing. */
KERA_API void kera_shared_producer_close(kera_shared_producer* producer);

KERA_C_END
