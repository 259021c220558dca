/* Writing from a language whose calls into C are dear; see kera.h for what holds everywhere.
 *
 * The caller's thread lays out records itself (sbe-schemas/chunk.md) in places: pieces of the
 * memory that will travel. It talks with the client's loop over two rings (Agrona's
 * OneToOneRingBuffer) and one word for each place, so that nothing is called per record, nor per
 * chunk. The loop numbers, checksums, sends, retries, and closes what has waited long enough.
 *
 * A place is its asker's from granted to opened, and again from settled to returned; in between it
 * is the loop's, but for its word. The caller commits a record by adding to the word with a
 * compare-and-set; once the loop has set KERA_PLACE_CLOSED that fails, and the record, which lies
 * behind what was sent, is the caller's to move. native/src/client/README.md has the whole story.
 *
 * A shared producer belongs to one thread at a time, but for flush, await, stats and close. */
#pragma once

#include "kera/kera_producer.h"

KERA_C_BEGIN

typedef struct kera_shared_producer kera_shared_producer;

/* word of a kera_place_state: bytes used, header included, in the lower half; records above. */
#define KERA_PLACE_RECORD (INT64_C(1) << 32)
#define KERA_PLACE_CLOSED INT64_MIN

typedef struct kera_place_state {
    int64_t word;
    int32_t own_times; /* 1: some record has a time of its own; set before it is committed */
    int32_t asked;     /* 1: the fate of some record is waited for; set before it is committed */
    int32_t reserved[12];
} kera_place_state;

/* Everything that both sides see. Lives until close. */
typedef struct kera_shared_area {
    kera_memory to_loop;
    kera_memory from_loop;
    kera_memory states;             /* kera_place_state by place */
    const volatile uint8_t* asleep; /* not 0: the loop must be woken after a message to it */
    uint64_t chunk_bytes_max;       /* header included; what the broker takes */
    uint32_t chunk_bytes;           /* rounded */
    uint32_t reserved;
} kera_shared_area;

/* To the loop. The type of each message in its ring is the number here. */
enum kera_to_loop {
    KERA_PLACE_OPENED = 1,  /* after the first record was committed */
    KERA_PLACE_FULL = 2,    /* send it now; nothing happens where that was done already */
    KERA_PLACE_WANTED = 3,  /* answered by granted, none_left or refused */
    KERA_PLACE_RETURNED = 4 /* not needed any more, or asked back by region_retired */
};
/* From the loop. */
enum kera_from_loop {
    KERA_PLACE_GRANTED = 1,
    KERA_PLACE_SETTLED = 2,
    KERA_PLACES_NONE_LEFT =
        3,                  /* of the ordinary size; a larger one is granted when there is room */
    KERA_PLACE_REFUSED = 4, /* the size cannot be had ever */
    KERA_REGION_RETIRED = 5 /* places of regions below are to be returned when they are free */
};

typedef struct kera_place_opened {
    uint32_t place;
    uint32_t stream; /* handle */
    int32_t streamlet;
    uint32_t reserved;
    int64_t first_timestamp_ms;
} kera_place_opened;

typedef struct kera_place_number {
    uint32_t place;
    uint32_t reserved;
} kera_place_number;

typedef struct kera_place_wanted {
    uint64_t bytes;
} kera_place_wanted;

typedef struct kera_place_granted {
    uint32_t place;
    uint32_t region;
    uint64_t room_bytes;
    void* address;
} kera_place_granted;

#define KERA_SETTLED_DUPLICATE 1U
#define KERA_SETTLED_STOPPED 2U /* the streamlet takes nothing more before recover */
#define KERA_SETTLED_FENCED 4U  /* the producer takes nothing more */
#define KERA_SETTLED_ASKED 8U   /* its state said so */

typedef struct kera_place_settled {
    uint32_t place;
    uint32_t flags;
    uint32_t record_count;
    int32_t code; /* KERA_OK: as durable as asked for */
    int64_t base_offset;
    int64_t append_time_ms;
    int64_t limit;
    int64_t value;
    const char* what;
    int32_t cause; /* as in kera_error */
    uint32_t reserved;
} kera_place_settled;

typedef struct kera_region_retired {
    uint32_t region_min;
    uint32_t reserved;
} kera_region_retired;

/* options as for kera_producer_open, where record_tokens, queue_outcomes, on_outcome,
 * max_block_ns and streamlet_chunks_max are the caller's own affair. */
KERA_API int32_t kera_shared_producer_open(kera_client* client,
                                           const kera_producer_options* options, int64_t timeout_ns,
                                           kera_shared_producer** producer, kera_shared_area* area,
                                           kera_error* error);
KERA_API int32_t kera_shared_producer_attach(kera_shared_producer* producer, int64_t stream_id,
                                             int32_t streamlets, uint32_t* handle,
                                             kera_error* error);
/* Closes what is open, and waits until all is settled and told. */
KERA_API int32_t kera_shared_producer_flush(kera_shared_producer* producer, int64_t timeout_ns,
                                            kera_error* error);
/* Waits until the loop has sent so many messages since open, or settled so many places whose state
 * says asked; 1: it has. */
KERA_API int32_t kera_shared_producer_await(kera_shared_producer* producer, int64_t messages,
                                            int64_t asked, int64_t timeout_ns);
KERA_API int32_t kera_shared_producer_recover(kera_shared_producer* producer, uint32_t handle,
                                              int32_t streamlet, kera_error* error);
KERA_API int32_t kera_shared_producer_get_stats(const kera_shared_producer* producer,
                                                kera_producer_stats* stats);
/* Flushes nothing. The area is gone. NULL is fine. */
KERA_API void kera_shared_producer_close(kera_shared_producer* producer);

KERA_C_END
