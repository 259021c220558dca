/* Requests to the broker, about streams and about the node; kera.h has the general rules. Each call
 * waits for its answer. A struct with an answer is filled up to its struct_bytes. */
#pragma once

#include "kera/kera_client.h"

KERA_C_BEGIN

enum kera_ack_level {
    KERA_ACK_NONE = 0,     /* no acknowledgement */
    KERA_ACK_LEADER = 1,   /* in the leader's memory, which outlives its process */
    KERA_ACK_REPLICAS = 2, /* in the memory of enough nodes */
    KERA_ACK_DISK = 3      /* on stable storage of enough nodes */
};

#define KERA_NAME_BYTES_MAX 249

typedef struct kera_stream {
    uint32_t struct_bytes;
    int32_t streamlets;                 /* 1 */
    int32_t lanes;                      /* of each streamlet; 1 */
    int32_t ack_level_min;              /* raises a lower level of a producer; KERA_ACK_NONE */
    int32_t timestamp_type;             /* 0: the producer's; 1: the time of the append */
    uint32_t segment_bytes_max;         /* 0: the broker's choice */
    uint32_t group_segments;            /* 0: the broker's choice */
    int32_t term;                       /* only in answers */
    int64_t retention_ms;               /* -1: for ever */
    int64_t retention_bytes;            /* per streamlet; -1: no limit */
    int64_t id;                         /* only in answers */
    char name[KERA_NAME_BYTES_MAX + 1]; /* only in answers */
} kera_stream;

KERA_API void kera_stream_init(kera_stream* stream, size_t struct_bytes);

/* *stream holds the requested settings, and afterwards the actual ones. */
KERA_API int32_t kera_stream_create(kera_client* client, const char* name, kera_stream* stream,
                                    int64_t timeout_ns, kera_error* error);
KERA_API int32_t kera_stream_describe(kera_client* client, const char* name, kera_stream* stream,
                                      int64_t timeout_ns, kera_error* error);
KERA_API int32_t kera_stream_describe_id(kera_client* client, int64_t stream_id,
                                         kera_stream* stream, int64_t timeout_ns,
                                         kera_error* error);
/* lanes 0, ack_level_min -1, retention_ms -2 and retention_bytes -2 leave a setting unchanged. */
KERA_API int32_t kera_stream_alter(kera_client* client, int64_t stream_id, int32_t lanes,
                                   int32_t ack_level_min, int64_t retention_ms,
                                   int64_t retention_bytes, kera_stream* stream, int64_t timeout_ns,
                                   kera_error* error);
/* Gives a stream more streamlets, without a stop: open producers use them, and consumers that read
 * the whole stream read them, from their beginning. `streamlets` is how many it is to have: at
 * least as many as now. A stream never gets fewer. Keys: the key of a record chooses among all
 * streamlets, so most keys go to another streamlet than before. Records of a key keep their order
 * within what was written before, and within what was written after, but not between the two. A
 * producer that is open goes on as before for a moment. */
KERA_API int32_t kera_stream_grow(kera_client* client, int64_t stream_id, int32_t streamlets,
                                  kera_stream* stream, int64_t timeout_ns, kera_error* error);
KERA_API int32_t kera_stream_delete(kera_client* client, int64_t stream_id, int64_t timeout_ns,
                                    kera_error* error);

typedef struct kera_listed_stream {
    int64_t id;
    int32_t streamlets;
    int32_t reserved;
    char name[KERA_NAME_BYTES_MAX + 1];
} kera_listed_stream;

/* Fills at most `capacity` entries; *count is the number of streams. */
KERA_API int32_t kera_stream_list(kera_client* client, kera_listed_stream* streams, size_t capacity,
                                  size_t* count, int64_t timeout_ns, kera_error* error);

#define KERA_TIME_LATEST (-1)
#define KERA_TIME_EARLIEST (-2)
/* The offset behind the last record, of the first one, or of the first one at or after a time. */
KERA_API int32_t kera_stream_find_offset(kera_client* client, int64_t stream_id, int32_t streamlet,
                                         int64_t timestamp_ms, int64_t* offset, int64_t timeout_ns,
                                         kera_error* error);
/* Deletes the records below `offset`. Their memory and files are freed in whole groups. */
KERA_API int32_t kera_stream_delete_before(kera_client* client, int64_t stream_id,
                                           int32_t streamlet, int64_t offset, int64_t timeout_ns,
                                           kera_error* error);

typedef struct kera_node {
    uint32_t struct_bytes;
    int32_t id;
    int32_t reactors;
    int32_t reserved;
    int64_t arena_bytes;
    int64_t arena_used_bytes;
} kera_node;

typedef struct kera_counter {
    int64_t value;
    char label[120];
} kera_counter;

/* The caller sets node->struct_bytes. Fills at most `capacity` counters; *count is the number of
 * counters. */
KERA_API int32_t kera_node_describe(kera_client* client, kera_node* node, kera_counter* counters,
                                    size_t capacity, size_t* count, int64_t timeout_ns,
                                    kera_error* error);

KERA_C_END
