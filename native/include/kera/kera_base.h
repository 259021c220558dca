/* Shared by all parts of kera.h: codes, errors, versions, log lines. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define KERA_API __attribute__((visibility("default")))
#else
#define KERA_API
#endif

#ifdef __cplusplus
#define KERA_C_BEGIN extern "C" {
#define KERA_C_END }
#else
#define KERA_C_BEGIN
#define KERA_C_END
#endif

KERA_C_BEGIN

enum kera_code {
    KERA_OK = 0,
    KERA_MALFORMED = 1,
    KERA_UNSUPPORTED = 2,
    KERA_UNAUTHORIZED = 3,
    KERA_FRAME_TOO_LARGE = 4,
    KERA_HELLO_REQUIRED = 5,
    KERA_BAD_CHECKSUM = 6,
    KERA_BAD_RECORD_COUNT = 7,
    KERA_UNKNOWN_STREAM = 8,
    KERA_STREAM_EXISTS = 9,
    KERA_INVALID_ARGUMENT = 10,
    KERA_SEQUENCE_GAP = 11,
    KERA_DUPLICATE_SEQUENCE = 12,
    KERA_STALE_PRODUCER_EPOCH = 13,
    KERA_UNKNOWN_PRODUCER = 14,
    KERA_STALE_TERM = 15,
    KERA_NOT_LEADER = 16,
    KERA_OFFSET_OUT_OF_RANGE = 17,
    KERA_MEMORY_EXHAUSTED = 18,
    KERA_DISK_FULL = 19,
    KERA_DISK_FAILED = 20,
    KERA_BUFFER_EXHAUSTED = 21,
    KERA_TIMED_OUT = 22,
    KERA_DISCONNECTED = 23,
    KERA_CLOSED = 24,
    KERA_WOULD_BLOCK = 25,
    KERA_CORRUPT = 26,
    KERA_LEASE_LOST = 27,
    KERA_LIMIT_EXCEEDED = 28,
    KERA_SHUTTING_DOWN = 29,
    KERA_INTERNAL = 30
};

typedef struct kera_error {
    int32_t code;
    int32_t cause;    /* the broker's refusal that led to it; KERA_OK: none is known */
    int64_t limit;    /* the allowed or expected value */
    int64_t value;    /* the actual value */
    const char* what; /* the subject; valid for ever, never NULL */
} kera_error;

typedef struct kera_memory {
    void* address;
    uint64_t bytes;
} kera_memory;

/* The name of a code, such as "BUFFER_EXHAUSTED"; "UNKNOWN" for other numbers. Valid for ever. */
KERA_API const char* kera_code_name(int32_t code);
/* 1: the same call may succeed later. */
KERA_API int32_t kera_code_is_retriable(int32_t code);

/* The library's version, "major.minor.patch". Valid for ever. */
KERA_API const char* kera_version(void);
/* Grows when functions or fields are added. A library works for callers with lower numbers. */
#define KERA_ABI_VERSION 2
KERA_API uint32_t kera_abi_version(void);

/* Sends log lines to a function instead of stderr; NULL: to stderr again. The function is called
 * from any thread, one line at a time, and must not log. level: enum kera_log_level. */
typedef void (*kera_log_function)(void* context, int32_t level, const char* line,
                                  size_t line_bytes);
KERA_API void kera_set_log(kera_log_function log, void* context);
/* Log lines of this process below this level are dropped; KERA_LOG_OFF: all are. The default is
 * KERA_LOG_INFO. Any thread; other numbers change nothing. */
enum kera_log_level {
    KERA_LOG_DEBUG = 0,
    KERA_LOG_INFO = 1,
    KERA_LOG_WARNING = 2,
    KERA_LOG_ERROR = 3,
    KERA_LOG_OFF = 4
};
KERA_API void kera_set_log_level(int32_t level);

KERA_C_END
