/* Reading the records of a batch in place, without a call into the library and without a copy.
 *
 *     kera_cursor cursor;
 *     kera_record_view record;
 *     kera_cursor_begin(&cursor, &batch);
 *     while (kera_cursor_next(&cursor, &record) > 0) { ... record.value, record.value_bytes ... }
 *
 * A cursor uses its batch's memory, and belongs to one thread. kera.h includes this file.
 */
#pragma once

#include "kera/kera_consumer.h"

KERA_C_BEGIN

typedef struct kera_cursor {
    const unsigned char* chunk; /* the chunk after the one being read */
    const unsigned char* end;
    const unsigned char* record;
    uint32_t records_left;
    int32_t takes_append_time;
    int64_t offset;
    int64_t first_offset;
    int64_t time_ms;
} kera_cursor;

typedef struct kera_record_view {
    int64_t offset;
    int64_t timestamp_ms;
    const void* value;
    const unsigned char* record;
    uint32_t value_bytes;
    uint32_t key_count;
    uint32_t header_count;
    int32_t is_null;
} kera_record_view;

/* Copies the chunk at the start of `bytes` bytes, such as one in a file, to `plain`, decompressed
 * if it is compressed. *plain_bytes: its length; of a compressed
 * chunk at most 64 MiB, 64 KiB and a header. KERA_CORRUPT: the
 * payload is not what the header says. Batches need no such call. */
KERA_API int32_t kera_chunk_decompress(const void* chunk, uint64_t bytes, void* plain,
                                       uint64_t capacity, uint64_t* plain_bytes, kera_error* error);

/* The layout of chunks and records. Tests compare it with the schema. */
enum kera_layout {
    KERA_CHUNK_HEADER_BYTES = 128,
    KERA_CHUNK_BASE_OFFSET_AT = 8,
    KERA_CHUNK_APPEND_TIME_AT = 16,
    KERA_CHUNK_LEADER_FLAGS_AT = 26,
    KERA_CHUNK_FORMAT_AT = 65,
    KERA_CHUNK_ATTRIBUTES_AT = 66,
    KERA_CHUNK_LENGTH_AT = 68,
    KERA_CHUNK_RECORD_COUNT_AT = 76,
    KERA_CHUNK_FIRST_TIMESTAMP_AT = 112,
    KERA_CHUNK_CODEC_MASK = 0x7,
    KERA_CHUNK_TAKES_APPEND_TIME = 0x1, /* in the leader's flags */
    KERA_CHUNK_FORMAT_RECORDS = 1,
    KERA_RECORD_HEADER_BYTES = 16,
    KERA_RECORD_ATTRIBUTES_AT = 4,
    KERA_RECORD_KEY_COUNT_AT = 5,
    KERA_RECORD_HEADER_COUNT_AT = 6,
    KERA_RECORD_TIMESTAMP_DELTA_AT = 8,
    KERA_RECORD_VALUE_LENGTH_AT = 12,
    KERA_RECORD_NULL_VALUE = 0x1,
    KERA_KEY_HEADER_BYTES = 4,
    KERA_FIELD_HEADER_BYTES = 8,
    KERA_FIELD_NULL_VALUE = 0x1
};

static inline uint16_t kera_load_u16(const unsigned char* at) {
    uint16_t value;
    __builtin_memcpy(&value, at, sizeof value);
    return value;
}
static inline uint32_t kera_load_u32(const unsigned char* at) {
    uint32_t value;
    __builtin_memcpy(&value, at, sizeof value);
    return value;
}
static inline int32_t kera_load_i32(const unsigned char* at) {
    int32_t value;
    __builtin_memcpy(&value, at, sizeof value);
    return value;
}
static inline int64_t kera_load_i64(const unsigned char* at) {
    int64_t value;
    __builtin_memcpy(&value, at, sizeof value);
    return value;
}
static inline uint64_t kera_pad(uint64_t bytes, uint64_t alignment) {
    return (bytes + (alignment - 1U)) & ~(alignment - 1U);
}

static inline void kera_cursor_begin(kera_cursor* cursor, const kera_batch* batch) {
    cursor->chunk = batch->data;
    cursor->end = batch->data + batch->bytes;
    cursor->record = batch->data;
    cursor->records_left = 0;
    cursor->takes_append_time = 0;
    cursor->offset = 0;
    cursor->first_offset = batch->first_offset;
    cursor->time_ms = 0;
}

/* Enters the next chunk. 1: done; 0: there is none; -1: skipped one that is compressed or not in
 * KerA's own format. */
static inline int kera_cursor_enter_chunk(kera_cursor* cursor) {
    const unsigned char* chunk = cursor->chunk;
    uint32_t attributes;
    if (chunk == cursor->end) {
        return 0;
    }
    attributes = kera_load_u16(chunk + KERA_CHUNK_ATTRIBUTES_AT);
    cursor->chunk = chunk + kera_load_u32(chunk + KERA_CHUNK_LENGTH_AT);
    if (chunk[KERA_CHUNK_FORMAT_AT] != KERA_CHUNK_FORMAT_RECORDS ||
        (attributes & KERA_CHUNK_CODEC_MASK) != 0) {
        return -1;
    }
    cursor->record = chunk + KERA_CHUNK_HEADER_BYTES;
    cursor->records_left = kera_load_u32(chunk + KERA_CHUNK_RECORD_COUNT_AT);
    cursor->offset = kera_load_i64(chunk + KERA_CHUNK_BASE_OFFSET_AT);
    cursor->takes_append_time =
        (kera_load_u16(chunk + KERA_CHUNK_LEADER_FLAGS_AT) & KERA_CHUNK_TAKES_APPEND_TIME) != 0;
    cursor->time_ms =
        kera_load_i64(chunk + (cursor->takes_append_time != 0 ? KERA_CHUNK_APPEND_TIME_AT
                                                              : KERA_CHUNK_FIRST_TIMESTAMP_AT));
    return 1;
}

/* The address behind a key, and the address behind a header. */
static inline const unsigned char* kera_after_key(const unsigned char* key) {
    return key + kera_pad(0ULL + KERA_KEY_HEADER_BYTES + kera_load_u32(key), 4);
}
static inline const unsigned char* kera_after_header(const unsigned char* header) {
    return header + kera_pad(0ULL + KERA_FIELD_HEADER_BYTES + kera_load_u16(header) +
                                 kera_load_u32(header + 4),
                             4);
}

/* 1: *view is the next record; 0: the batch has no more; -1: a chunk was skipped because it is
 * compressed or not in KerA's own format. */
static inline int kera_cursor_next(kera_cursor* cursor, kera_record_view* view) {
    for (;;) {
        const unsigned char* record = cursor->record;
        int64_t offset;
        uint32_t left;
        if (cursor->records_left == 0) {
            const int entered = kera_cursor_enter_chunk(cursor);
            if (entered != 1) {
                return entered;
            }
            continue;
        }
        offset = cursor->offset;
        cursor->offset = offset + 1;
        cursor->records_left -= 1;
        cursor->record = record + kera_load_u32(record);
        if (offset < cursor->first_offset) {
            continue;
        }
        view->offset = offset;
        view->record = record;
        view->timestamp_ms = cursor->time_ms;
        if (cursor->takes_append_time == 0) {
            view->timestamp_ms += kera_load_i32(record + KERA_RECORD_TIMESTAMP_DELTA_AT);
        }
        view->value_bytes = kera_load_u32(record + KERA_RECORD_VALUE_LENGTH_AT);
        view->key_count = record[KERA_RECORD_KEY_COUNT_AT];
        view->header_count = kera_load_u16(record + KERA_RECORD_HEADER_COUNT_AT);
        view->is_null = record[KERA_RECORD_ATTRIBUTES_AT] & KERA_RECORD_NULL_VALUE;
        record += KERA_RECORD_HEADER_BYTES;
        for (left = view->key_count; left > 0; --left) {
            record = kera_after_key(record);
        }
        for (left = view->header_count; left > 0; --left) {
            record = kera_after_header(record);
        }
        view->value = record;
        return 1;
    }
}

/* REQUIRES: index < view->key_count. */
static inline kera_bytes kera_record_key(const kera_record_view* view, uint32_t index) {
    const unsigned char* key = view->record + KERA_RECORD_HEADER_BYTES;
    kera_bytes bytes;
    for (; index > 0; --index) {
        key = kera_after_key(key);
    }
    bytes.data = key + KERA_KEY_HEADER_BYTES;
    bytes.bytes = kera_load_u32(key);
    return bytes;
}

/* REQUIRES: index < view->header_count. */
static inline kera_header kera_record_header(const kera_record_view* view, uint32_t index) {
    const unsigned char* at = view->record + KERA_RECORD_HEADER_BYTES;
    kera_header header;
    uint32_t left;
    for (left = view->key_count; left > 0; --left) {
        at = kera_after_key(at);
    }
    for (; index > 0; --index) {
        at = kera_after_header(at);
    }
    header.name.data = at + KERA_FIELD_HEADER_BYTES;
    header.name.bytes = kera_load_u16(at);
    header.value.data = at + KERA_FIELD_HEADER_BYTES + header.name.bytes;
    header.value.bytes = kera_load_u32(at + 4);
    header.is_null = kera_load_u16(at + 2) & KERA_FIELD_NULL_VALUE;
    header.reserved = 0;
    return header;
}

KERA_C_END
