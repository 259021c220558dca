/* Reading streams; see kera.h for what holds everywhere.
 * A consumer belongs to one thread at a time. Batches are read where they were received. */
#pragma once

#include "kera/kera_producer.h"

KERA_C_BEGIN

typedef struct kera_consumer kera_consumer;

enum kera_start {
    KERA_START_OFFSET = 0, /* value: the offset */
    KERA_START_EARLIEST = 1,
    KERA_START_LATEST = 2,
    KERA_START_TIME = 3 /* value: the first record at or after */
};

enum kera_out_of_range {
    KERA_OUT_OF_RANGE_FAIL = 0,
    KERA_OUT_OF_RANGE_EARLIEST = 1,
    KERA_OUT_OF_RANGE_LATEST = 2
};

typedef struct kera_consumer_options {
    uint32_t struct_bytes;
    int32_t push;                  /* 1: the broker sends by itself; 0: it is asked (default) */
    uint32_t wait_ms_max;          /* how long the broker waits for bytes_min; 500 */
    uint32_t bytes_min;            /* 1 */
    uint32_t fetch_bytes_max;      /* of one answer; 4 MiB */
    uint32_t streamlet_bytes_max;  /* of one streamlet in it; 1 MiB */
    uint32_t streamlets_per_fetch; /* 256 */
    int32_t out_of_range;          /* enum kera_out_of_range; EARLIEST */
    uint64_t buffered_bytes_max;   /* received and not yet read; 16 MiB */
    int64_t credit_bytes;          /* push: of each streamlet; 4 MiB */
    int32_t check_crcs;            /* -1: unless it is the broker's own memory (default); 0; 1 */
    int32_t check_records;         /* the same for the structure of records */
    int64_t request_timeout_ns;    /* 30 s */
} kera_consumer_options;

KERA_API void kera_consumer_options_init(kera_consumer_options* options, size_t struct_bytes);
/* options may be NULL. */
KERA_API int32_t kera_consumer_open(kera_client* client, const kera_consumer_options* options,
                                    kera_consumer** consumer, kera_error* error);
/* Batches that are still held are gone. NULL is fine. */
KERA_API void kera_consumer_close(kera_consumer* consumer);

/* Reads this streamlet too; start is one of enum kera_start. */
KERA_API int32_t kera_consumer_assign(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                                      int32_t start, int64_t value, kera_error* error);
KERA_API int32_t kera_consumer_unassign(kera_consumer* consumer, int64_t stream_id,
                                        int32_t streamlet, kera_error* error);
KERA_API int32_t kera_consumer_seek(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                                    int32_t start, int64_t value, kera_error* error);
KERA_API int32_t kera_consumer_pause(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                                     kera_error* error);
KERA_API int32_t kera_consumer_resume(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                                      kera_error* error);
/* The offset of the next record; KERA_WOULD_BLOCK while it is not known. *readable_head (which may
 * be NULL): where the records ended when the broker last answered; -1: not known. */
KERA_API int32_t kera_consumer_position(const kera_consumer* consumer, int64_t stream_id,
                                        int32_t streamlet, int64_t* offset, int64_t* readable_head,
                                        kera_error* error);

/* Whole chunks of one streamlet, one after the other, where they were received. */
typedef struct kera_batch {
    const unsigned char* data; /* NULL: there was nothing */
    uint64_t bytes;
    int64_t stream_id;
    int32_t streamlet;
    uint32_t chunk_count;
    int64_t first_offset; /* records below were not asked for; kera_cursor leaves them out */
    int64_t next_offset;
    int64_t readable_head;
    void* lease;
} kera_batch;

/* The next batch, waiting for one at most timeout_ns (0: not at all). Its chunks have been checked.
 * It stays valid, whatever else is read, until it is released. An error concerns one streamlet,
 * which is read on after a seek. */
KERA_API int32_t kera_consumer_poll(kera_consumer* consumer, int64_t timeout_ns, kera_batch* batch,
                                    kera_error* error);
/* Gives the memory back. From one thread at a time, any of them, in any order; batch becomes empty.
 */
KERA_API void kera_batch_release(kera_consumer* consumer, kera_batch* batch);

/* Many batches in one call: first releases those that batches[0..capacity) still hold, then fills
 * what it can, waiting for the first one at most timeout_ns. *count says how many there are; the
 * others are empty. An error that follows after batches is kept for the next call. */
KERA_API int32_t kera_consumer_poll_many(kera_consumer* consumer, int64_t timeout_ns,
                                         kera_batch* batches, uint32_t capacity, uint32_t* count,
                                         kera_error* error);

KERA_C_END
