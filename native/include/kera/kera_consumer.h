/* Reading streams; kera.h has the general rules. A consumer belongs to one thread at a time.
 * Records are read in the memory where they were received. */
#pragma once

#include "kera/kera_producer.h"

KERA_C_BEGIN

typedef struct kera_consumer kera_consumer;

enum kera_start {
    KERA_START_OFFSET = 0, /* value: the offset */
    KERA_START_EARLIEST = 1,
    KERA_START_LATEST = 2,
    KERA_START_TIME = 3 /* value: a time; the first record at or after it */
};

enum kera_out_of_range {
    KERA_OUT_OF_RANGE_FAIL = 0,
    KERA_OUT_OF_RANGE_EARLIEST = 1,
    KERA_OUT_OF_RANGE_LATEST = 2
};

typedef struct kera_consumer_options {
    uint32_t struct_bytes;
    int32_t push;                  /* 1: the broker pushes; 0: the consumer fetches (default) */
    uint32_t wait_ms_max;          /* how long the broker waits for bytes_min; 500 */
    uint32_t bytes_min;            /* 1 */
    uint32_t fetch_bytes_max;      /* limit of one answer; 4 MiB */
    uint32_t streamlet_bytes_max;  /* of one streamlet in it; 0: an even share, at least 1 MiB */
    uint32_t streamlets_per_fetch; /* 256 */
    int32_t out_of_range;          /* enum kera_out_of_range; EARLIEST */
    uint64_t buffered_bytes_max;   /* limit of received and unread bytes; 16 MiB */
    int64_t credit_bytes;          /* push: for each streamlet; 4 MiB */
    int32_t check_crcs;            /* 1: yes; 0: no; -1: yes, but not in the broker's own memory */
    int32_t check_records;         /* the same, for the structure of records; both -1 */
    int64_t request_timeout_ns;    /* 30 s */
} kera_consumer_options;

KERA_API void kera_consumer_options_init(kera_consumer_options* options, size_t struct_bytes);
/* options may be NULL. */
KERA_API int32_t kera_consumer_open(kera_client* client, const kera_consumer_options* options,
                                    kera_consumer** consumer, kera_error* error);
/* Batches that were not released become invalid. NULL does nothing. */
KERA_API void kera_consumer_close(kera_consumer* consumer);

/* Adds a streamlet to those that are read; start is one of enum kera_start. */
KERA_API int32_t kera_consumer_assign(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                                      int32_t start, int64_t value, kera_error* error);
/* Reads all streamlets of a stream, which had so many when it was described. Those that it gets
 * later are read from their beginning, without another call. */
KERA_API int32_t kera_consumer_assign_stream(kera_consumer* consumer, int64_t stream_id,
                                             int32_t streamlets, int32_t start, int64_t value,
                                             kera_error* error);
/* How many streamlets it reads of a stream that was assigned as a whole; 0: none. */
KERA_API int32_t kera_consumer_streamlets(const kera_consumer* consumer, int64_t stream_id);
KERA_API int32_t kera_consumer_unassign(kera_consumer* consumer, int64_t stream_id,
                                        int32_t streamlet, kera_error* error);
KERA_API int32_t kera_consumer_seek(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                                    int32_t start, int64_t value, kera_error* error);
KERA_API int32_t kera_consumer_pause(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                                     kera_error* error);
KERA_API int32_t kera_consumer_resume(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                                      kera_error* error);
/* The offset of the next record; KERA_WOULD_BLOCK while it is not known. *readable_head: the end of
 * the readable records at the broker's last answer; -1: not known. readable_head may be NULL. */
KERA_API int32_t kera_consumer_position(const kera_consumer* consumer, int64_t stream_id,
                                        int32_t streamlet, int64_t* offset, int64_t* readable_head,
                                        kera_error* error);

/* Consecutive whole chunks of one streamlet, in the memory where they were received. Where one of
 * them was compressed, the batch is a decompressed copy, and takes memory of its own until it is
 * released: mostly 1 MiB, more for a large chunk. */
typedef struct kera_batch {
    const unsigned char* data; /* NULL: there is no batch */
    uint64_t bytes;
    int64_t stream_id;
    int32_t streamlet;
    uint32_t chunk_count;
    int64_t first_offset; /* records below it were not requested; kera_cursor skips them */
    int64_t next_offset;
    int64_t readable_head;
    void* lease;
} kera_batch;

/* Returns the next batch, and waits for one at most timeout_ns (0: does not wait). Its chunks are
 * checked as the options say. The batch stays valid until it is released. An error concerns one
 * streamlet. To read on, seek it. */
KERA_API int32_t kera_consumer_poll(kera_consumer* consumer, int64_t timeout_ns, kera_batch* batch,
                                    kera_error* error);
/* Any thread: a poll that waits returns now, and later ones do not wait. For a close that must not
 * wait for the poll of another thread. */
KERA_API void kera_consumer_end_waiting(kera_consumer* consumer);
/* Gives the memory back; *batch becomes empty. From any thread, one at a time, in any order. */
KERA_API void kera_batch_release(kera_consumer* consumer, kera_batch* batch);

/* Many batches in one call: first releases the batches that batches[0..capacity) still hold, then
 * fills as many as it can, and waits for the first one at most timeout_ns. *count is the number of
 * batches; the others are empty. An error behind the first batch is returned by the next call. */
KERA_API int32_t kera_consumer_poll_many(kera_consumer* consumer, int64_t timeout_ns,
                                         kera_batch* batches, uint32_t capacity, uint32_t* count,
                                         kera_error* error);

KERA_C_END
