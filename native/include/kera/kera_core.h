/* KerA's broker core, for hosts that run a node in their own process.
 *
 * A host opens a core, lets it run on threads of its own or polls it, drives it with the messages
 * of the control protocol over a pair of rings in shared memory, and closes it.
 *
 * Errors, ownership, times and struct_bytes are as in kera.h. A core belongs to the thread that
 * opened it, except where a function says otherwise.
 */
#pragma once

#include "kera/kera.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kera_core kera_core;

enum kera_idle { KERA_IDLE_SPIN = 0, KERA_IDLE_BACKOFF = 1, KERA_IDLE_PARK = 2 };
enum kera_pages {
    KERA_PAGES_BEST = 0,
    KERA_PAGES_HUGE = 1,
    KERA_PAGES_THP = 2,
    KERA_PAGES_SMALL = 3
};
/* Who decides about streams and producer ids: the core itself, or whoever reads the control rings.
 */
enum kera_authority { KERA_AUTHORITY_CORE = 0, KERA_AUTHORITY_CONTROL = 1 };

typedef struct kera_core_options {
    uint32_t struct_bytes;
    int32_t node_id;
    const char* node_name;     /* "kera" */
    const char* data_folder;   /* NULL: everything lives in memory only */
    const char* const* listen; /* URIs: tcp:127.0.0.1:0, shm:/run/kera/node.sock */
    uint32_t listen_count;
    int32_t reactor_count;          /* 1 */
    const char* token;              /* what clients must say; NULL: nothing */
    uint64_t arena_bytes;           /* 1 GiB */
    uint64_t loaded_bytes_max;      /* of the arena, for old data read back from disk; 64 MiB */
    int32_t pages;                  /* enum kera_pages */
    int32_t touch_ahead;            /* 1: a background thread brings the arena's pages in */
    int32_t idle;                   /* enum kera_idle; KERA_IDLE_BACKOFF */
    int32_t pin_reactors;           /* 1: reactor i runs on core i */
    int32_t authority;              /* enum kera_authority */
    uint32_t retention_interval_ms; /* 1000 */
    int64_t producer_expiry_ms;     /* a day */
} kera_core_options;

KERA_API void kera_core_options_init(kera_core_options* options, size_t struct_bytes);

/* Reserves memory, finds everything on disk again, listens. Nothing runs before kera_core_start()
 * or kera_core_poll(). A data folder that another process holds: KERA_WOULD_BLOCK, value is its
 * pid. */
KERA_API int32_t kera_core_open(const kera_core_options* options, kera_core** core,
                                kera_error* error);
/* A thread for each reactor, until kera_core_stop(). KERA_INVALID_ARGUMENT: they run already;
 * KERA_LIMIT_EXCEEDED: the system gives no more threads, and none runs. */
KERA_API int32_t kera_core_start(kera_core* core, kera_error* error);
/* Ends the threads, and brings what was acknowledged in memory to disk, if there is one. */
KERA_API void kera_core_stop(kera_core* core);
/* Stops it too. NULL is fine. */
KERA_API void kera_core_close(kera_core* core);

/* Without threads: one duty cycle of every reactor; returns how much was done, 0 while threads run.
 */
KERA_API int32_t kera_core_poll(kera_core* core);
/* Refuses new appends from now on; any thread. kera_core_is_settled() tells when everything that
 * was acknowledged is on disk; any thread. */
KERA_API void kera_core_drain(kera_core* core);
KERA_API int32_t kera_core_is_settled(const kera_core* core);

/* Where it listens, with the ports that were chosen; the first reactor's addresses come first. NULL
 * beyond the last one. Lives as long as the core. */
KERA_API const char* kera_core_endpoint(const kera_core* core, uint32_t index);
/* One line for the log at start-up: memory, pages, regions. Lives as long as the core. */
KERA_API const char* kera_core_memory(const kera_core* core);

/* Data and trailer of Agrona's ManyToOneRingBuffer to the core and OneToOneRingBuffer from it; and
 * the metadata and values of its CountersReader. They live as long as the core. */
KERA_API kera_memory kera_core_control_to_core(const kera_core* core);
KERA_API kera_memory kera_core_control_from_core(const kera_core* core);
KERA_API kera_memory kera_core_counters_metadata(const kera_core* core);
KERA_API kera_memory kera_core_counters_values(const kera_core* core);
/* After a command was written into the ring; any thread. */
KERA_API void kera_core_control_wake(kera_core* core);

#ifdef __cplusplus
}
#endif
