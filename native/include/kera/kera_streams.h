/* Questions to the broker, about streams and itself; see kera.h for what holds everywhere.
 * Each call waits for its answer. Structs that are answered are filled as far as the caller knows
 * them. */
#pragma once

#include "kera/kera_client.h"

KERA_C_BEGIN

enum kera_ack_level {
    KERA_ACK_NONE = 0,     /* fire and forget */
    KERA_ACK_LEADER = 1,   /* in the leader's memory */
    KERA_ACK_REPLICAS = 2, /* in the memory of enough nodes */
    KERA_ACK_DISK = 3      /* on stable storage of enough nodes */
};

#define KERA_NAME_BYTES_MAX 249

typedef struct kera_stream {
    uint32_t struct_bytes;
    int32_t streamlets;                 /* 1 */
    int32_t lanes;                      /* of each streamlet; 1 */
    int32_t ack_level_min;              /* producers that ask for less get this; KERA_ACK_NONE */
    int32_t timestamp_type;             /* 0: the producer's, 1: the time of append */
    uint32_t segment_bytes_max;         /* 0: the broker's choice */
    uint32_t group_segments;            /* 0: the broker's choice */
    int32_t term;                       /* answered only */
    int64_t retention_ms;               /* -1: for ever */
    int64_t retention_bytes;            /* of a streamlet; -1: no limit */
    int64_t id;                         /* answered only */
    char name[KERA_NAME_BYTES_MAX + 1]; /* answered only */
} kera_stream;

KERA_API void kera_stream_init(kera_stream* stream, size_t struct_bytes);

/* *stream is asked for, and then answered. */
KERA_API int32_t kera_stream_create(kera_client* client, const char* name, kera_stream* stream,
                                    int64_t timeout_ns, kera_error* error);
KERA_API int32_t kera_stream_describe(kera_client* client, const char* name, kera_stream* stream,
                                      int64_t timeout_ns, kera_error* error);
KERA_API int32_t kera_stream_describe_id(kera_client* client, int64_t stream_id,
                                         kera_stream* stream, int64_t timeout_ns,
                                         kera_error* error);
/* lanes 0, ack_level_min -1, retention_ms -2 and retention_bytes -2 leave what is there. */
KERA_API int32_t kera_stream_alter(kera_client* client, int64_t stream_id, int32_t lanes,
                                   int32_t ack_level_min, int64_t retention_ms,
                                   int64_t retention_bytes, kera_stream* stream, int64_t timeout_ns,
                                   kera_error* error);
KERA_API int32_t kera_stream_delete(kera_client* client, int64_t stream_id, int64_t timeout_ns,
                                    kera_error* error);

typedef struct kera_listed_stream {
    int64_t id;
    int32_t streamlets;
    int32_t reserved;
    char name[KERA_NAME_BYTES_MAX + 1];
} kera_listed_stream;

/* Fills at most `capacity` entries; *count says how many streams there are. */
KERA_API int32_t kera_stream_list(kera_client* client, kera_listed_stream* streams, size_t capacity,
                                  size_t* count, int64_t timeout_ns, kera_error* error);

#define KERA_TIME_LATEST (-1)
#define KERA_TIME_EARLIEST (-2)
/* The offset after the last record, of the first record, or of the first one at or after a time. */
KERA_API int32_t kera_stream_find_offset(kera_client* client, int64_t stream_id, int32_t streamlet,
                                         int64_t timestamp_ms, int64_t* offset, int64_t timeout_ns,
                                         kera_error* error);
/* Forgets the records below `offset`, as far as whole groups allow. */
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

/* node->struct_bytes is set by the caller. Fills at most `capacity` counters; *count says how many
 * there are. */
KERA_API int32_t kera_node_describe(kera_client* client, kera_node* node, kera_counter* counters,
                                    size_t capacity, size_t* count, int64_t timeout_ns,
                                    kera_error* error);

KERA_C_END
