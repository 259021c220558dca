/* KerA's broker core, for programs that run a node in their own process.
 *
 * A program opens a core, starts its threads or polls it, and closes it. It commands the core with
 * the messages of the control protocol, over a pair of rings in shared memory.
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
/* Who decides about streams and producer ids: the core, or the reader of the control rings. */
enum kera_authority { KERA_AUTHORITY_CORE = 0, KERA_AUTHORITY_CONTROL = 1 };

typedef struct kera_core_options {
    uint32_t struct_bytes;
    int32_t node_id;
    const char* node_name;     /* "kera" */
    const char* data_folder;   /* NULL: everything is in memory only */
    const char* const* listen; /* URIs: tcp:127.0.0.1:0, shm:/run/kera/node.sock */
    uint32_t listen_count;
    int32_t reactor_count;          /* 1 */
    const char* token;              /* the token that clients need; NULL: none */
    uint64_t arena_bytes;           /* 1 GiB */
    uint64_t loaded_bytes_max;      /* part of the arena for old data read from disk; 64 MiB */
    int32_t pages;                  /* enum kera_pages */
    int32_t touch_ahead;            /* 1: a background thread touches the arena's pages */
    int32_t idle;                   /* enum kera_idle; KERA_IDLE_BACKOFF */
    int32_t pin_reactors;           /* 1: reactor i runs on core i */
    int32_t authority;              /* enum kera_authority */
    uint32_t retention_interval_ms; /* 1000 */
    int64_t producer_expiry_ms;     /* 24 hours */
    int64_t memory_kept_s; /* 600: so long a small process, kera-keeper, holds the memory of
                            * a process that was killed, for the next one of the data folder;
                            * 0: a kill may lose what the disk had not taken yet */
} kera_core_options;

KERA_API void kera_core_options_init(kera_core_options* options, size_t struct_bytes);

/* Reserves memory, recovers everything on disk, and listens. Nothing runs before kera_core_start()
 * or kera_core_poll(). KERA_WOULD_BLOCK: the data folder is in use; value is the owner's pid. */
KERA_API int32_t kera_core_open(const kera_core_options* options, kera_core** core,
                                kera_error* error);
/* Starts one thread per reactor. They run until kera_core_stop(). KERA_INVALID_ARGUMENT: they run
 * already. KERA_LIMIT_EXCEEDED: the system has no more threads; then none runs. */
KERA_API int32_t kera_core_start(kera_core* core, kera_error* error);
/* Ends the threads. With a data folder, writes to disk what was acknowledged in memory. */
KERA_API void kera_core_stop(kera_core* core);
/* Stops the core, if it runs. NULL does nothing. */
KERA_API void kera_core_close(kera_core* core);

/* Without threads: runs one duty cycle of every reactor, and returns how much was done. 0 while
 * threads run. */
KERA_API int32_t kera_core_poll(kera_core* core);
/* Refuses new appends from now on. kera_core_is_settled() returns 1 when everything acknowledged is
 * on disk. Both from any thread. */
KERA_API void kera_core_drain(kera_core* core);
KERA_API int32_t kera_core_is_settled(const kera_core* core);

/* An address where the core listens, with the actual port. The first reactor's addresses come
 * first. NULL beyond the last one. Valid as long as the core. */
KERA_API const char* kera_core_endpoint(const kera_core* core, uint32_t index);
/* One line about memory, pages and regions, for the log at the start. Valid as long as the core. */
KERA_API const char* kera_core_memory(const kera_core* core);

/* The buffers of Agrona's ManyToOneRingBuffer to the core and OneToOneRingBuffer from the core
 * (data and trailer), and of its CountersReader. Valid as long as the core. */
KERA_API kera_memory kera_core_control_to_core(const kera_core* core);
KERA_API kera_memory kera_core_control_from_core(const kera_core* core);
KERA_API kera_memory kera_core_counters_metadata(const kera_core* core);
KERA_API kera_memory kera_core_counters_values(const kera_core* core);
/* Call it after writing a command into the ring; any thread. */
KERA_API void kera_core_control_wake(kera_core* core);
/* Sleeps until the ring from the core holds something, until kera_core_control_alert(), or for
 * timeout_ns. The thread that reads the ring. */
KERA_API void kera_core_control_await(kera_core* core, int64_t timeout_ns);
/* Ends that sleep, or the next one; any thread. */
KERA_API void kera_core_control_alert(kera_core* core);

#ifdef __cplusplus
}
#endif
