/* Writing records into streams; kera.h has the general rules. A producer belongs to one thread at a
 * time. Records are written directly into the chunks that are sent. */
#pragma once

#include "kera/kera_streams.h"

KERA_C_BEGIN

typedef struct kera_bytes {
    const void* data; /* may be NULL when bytes is 0 */
    uint64_t bytes;
} kera_bytes;

typedef struct kera_header {
    kera_bytes name;
    kera_bytes value;
    int32_t is_null; /* the header has no value */
    int32_t reserved;
} kera_header;

#define KERA_NOW INT64_MIN

/* A record to send. Zero it, then set the fields that it has. timestamp_ms KERA_NOW means the
 * present time. */
typedef struct kera_record {
    int64_t timestamp_ms;
    const kera_bytes* keys; /* the first one chooses the streamlet */
    const kera_header* headers;
    uint32_t key_count;
    uint32_t header_count;
    kera_bytes value;
    int32_t is_null; /* the record has no value */
    int32_t reserved;
} kera_record;

typedef struct kera_producer kera_producer;

/* The outcome of the records of one chunk: record i has offset base_offset + i, and tokens[i]. */
typedef struct kera_outcome {
    int64_t stream_id;
    int32_t streamlet;
    int32_t duplicate;   /* 1: the broker had it already; an earlier answer was lost */
    kera_error error;    /* code KERA_OK: as durable as requested */
    int64_t base_offset; /* -1: not known */
    int64_t append_time_ms;
    const uint64_t* tokens; /* NULL unless record_tokens */
    uint32_t record_count;
    uint32_t reserved;
} kera_outcome;

/* Called with each outcome, which is valid until the function returns. Runs on the I/O thread, or
 * without one inside calls of the client. On the I/O thread it must not call the producer. It must
 * not close anything. */
typedef void (*kera_outcome_function)(void* context, const kera_outcome* outcome);

/* A codec that this system has no library for (liblz4.so.1, libzstd.so.1) is refused with
 * KERA_UNSUPPORTED. A chunk that would not get shorter is sent as it is. */
enum kera_compression {
    KERA_COMPRESSION_NONE = 0,
    KERA_COMPRESSION_LZ4 = 1,
    KERA_COMPRESSION_ZSTD = 2
};

typedef struct kera_producer_options {
    uint32_t struct_bytes;
    int32_t acks;          /* enum kera_ack_level; KERA_ACK_REPLICAS */
    int32_t idempotent;    /* 1: retries neither duplicate nor reorder (default) */
    uint32_t chunk_bytes;  /* the size up to which a chunk is filled; 64 KiB */
    uint64_t memory_bytes; /* memory of all chunks without an outcome; 32 MiB */
    int64_t linger_ns;     /* how long a chunk waits for more; 0: while others are under way */
    int64_t max_block_ns;  /* how long a call waits for memory; 60 s; 0: not at all */
    int64_t delivery_timeout_ns;      /* from a record to its outcome; 120 s */
    int64_t request_timeout_ns;       /* after it the client opens another session; 30 s */
    int64_t retry_initial_ns;         /* wait before a retry; doubles, with jitter; 5 ms */
    int64_t retry_max_ns;             /* 1 s */
    uint32_t streamlet_chunks_max;    /* limit of sealed chunks of one streamlet; 64 */
    int32_t record_tokens;            /* 1: keep each record's token for its outcome */
    int32_t queue_outcomes;           /* 1: outcomes wait for kera_producer_take_outcome() */
    int32_t compression;              /* of chunks: enum kera_compression; KERA_COMPRESSION_NONE */
    kera_outcome_function on_outcome; /* NULL: not called */
    void* context;
} kera_producer_options;

KERA_API void kera_producer_options_init(kera_producer_options* options, size_t struct_bytes);
/* options may be NULL. */
KERA_API int32_t kera_producer_open(kera_client* client, const kera_producer_options* options,
                                    int64_t timeout_ns, kera_producer** producer,
                                    kera_error* error);
/* Flushes for at most timeout_ns. Records without an outcome then fail with KERA_CLOSED. The handle
 * is invalid afterwards, whatever is returned. NULL does nothing. */
KERA_API int32_t kera_producer_close(kera_producer* producer, int64_t timeout_ns,
                                     kera_error* error);

/* Makes a stream known to the producer; *handle means this stream in later calls. `streamlets` is
 * how many it had when it was described. When it gets more, the producer uses them without another
 * call: see kera_stream_grow. */
KERA_API int32_t kera_producer_attach(kera_producer* producer, int64_t stream_id,
                                      int32_t streamlets, uint32_t* handle, kera_error* error);
/* How many streamlets the stream has by now, as far as the broker has told; 0: a wrong handle. */
KERA_API int32_t kera_producer_streamlets(const kera_producer* producer, uint32_t handle);

/* The producer chooses: by the first key; without a key it stays with one streamlet for a while. */
#define KERA_ANY_STREAMLET (-1)

typedef struct kera_claim {
    void* value; /* write the value here, before commit */
    int32_t streamlet;
    int32_t reserved;
} kera_claim;

/* Reserves memory for the value of the next record, in the chunk that will be sent. One claim at a
 * time; it ends with commit or abort. */
KERA_API int32_t kera_producer_claim(kera_producer* producer, uint32_t handle, int32_t streamlet,
                                     uint32_t value_bytes, kera_claim* claim, kera_error* error);
/* The same for a record with keys, headers or a time. record->value and is_null are ignored. */
KERA_API int32_t kera_producer_claim_record(kera_producer* producer, uint32_t handle,
                                            int32_t streamlet, const kera_record* record,
                                            uint32_t value_bytes, kera_claim* claim,
                                            kera_error* error);
KERA_API int32_t kera_producer_commit(kera_producer* producer, uint64_t token, kera_error* error);
KERA_API int32_t kera_producer_abort(kera_producer* producer, kera_error* error);

/* Copies a whole record. */
KERA_API int32_t kera_producer_send(kera_producer* producer, uint32_t handle, int32_t streamlet,
                                    const kera_record* record, uint64_t token, kera_error* error);

/* Many values in one call, as records without keys and headers. *sent is the number of accepted
 * records, also when an error ended the call. sent may be NULL. */
KERA_API int32_t kera_producer_send_many(kera_producer* producer, uint32_t handle,
                                         int32_t streamlet, const kera_bytes* values, size_t count,
                                         size_t* sent, kera_error* error);
/* Values of equal size, without gaps. */
KERA_API int32_t kera_producer_send_rows(kera_producer* producer, uint32_t handle,
                                         int32_t streamlet, const void* rows, uint32_t row_bytes,
                                         size_t count, size_t* sent, kera_error* error);
/* Value i is from data + offsets[i] to data + offsets[i + 1]; there are count + 1 offsets. */
KERA_API int32_t kera_producer_send_slices(kera_producer* producer, uint32_t handle,
                                           int32_t streamlet, const void* data,
                                           const int64_t* offsets, size_t count, size_t* sent,
                                           kera_error* error);

/* Waits until every committed record has its outcome. Failed records do not fail the flush. */
KERA_API int32_t kera_producer_flush(kera_producer* producer, int64_t timeout_ns,
                                     kera_error* error);
/* A final refusal stops a streamlet. This lets the streamlet accept records again. */
KERA_API int32_t kera_producer_recover(kera_producer* producer, uint32_t handle, int32_t streamlet,
                                       kera_error* error);
/* With queue_outcomes: the oldest outcome, valid until the next call. 1: there was one; 0: none. */
KERA_API int32_t kera_producer_take_outcome(kera_producer* producer, kera_outcome* outcome);

typedef struct kera_producer_stats {
    uint32_t struct_bytes;
    uint32_t reserved;
    uint64_t records;
    uint64_t chunks_sealed;
    uint64_t chunks_settled;
    uint64_t chunks_failed;
    uint64_t chunks_sent_again;
    uint64_t duplicates;
    uint64_t bytes_sent;
    uint64_t frames_sent;
    uint64_t refused_with; /* the code with which the broker refuses chunks at present */
} kera_producer_stats;

/* The caller sets stats->struct_bytes. */
KERA_API int32_t kera_producer_get_stats(const kera_producer* producer, kera_producer_stats* stats);

KERA_C_END
