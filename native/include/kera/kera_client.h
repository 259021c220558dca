/* A session with a broker; see kera.h for what holds everywhere. */
#pragma once

#include "kera/kera_base.h"

KERA_C_BEGIN

typedef struct kera_client kera_client;

typedef struct kera_client_options {
    uint32_t struct_bytes;
    int32_t io_thread;             /* 1: a thread of the client's own does its work (default) */
    const char* client_name;       /* shown to the broker; NULL: "kera" */
    const char* token;             /* what the broker wants to hear; NULL: nothing */
    int64_t call_timeout_ns;       /* for negative timeouts; default 30 s */
    int64_t connect_timeout_ns;    /* of one attempt; default 10 s */
    int64_t keep_alive_ns;         /* silence after which the broker is asked; default 15 s */
    int64_t reconnect_initial_ns;  /* wait after a loss; doubles, with jitter; default 20 ms */
    int64_t reconnect_max_ns;      /* default 2 s */
    uint64_t send_memory_bytes;    /* shm: shared with the broker for building chunks; 64 MiB */
    uint64_t receive_memory_bytes; /* received and not yet read, at most; default 512 MiB */
    uint32_t idle_polls_max;       /* polls without work before a thread sleeps; default 2000 */
    uint32_t reserved;
} kera_client_options;

KERA_API void kera_client_options_init(kera_client_options* options, size_t struct_bytes);

/* Connects to a URI, such as tcp:127.0.0.1:9090 or shm:/run/kera/node.sock, and waits for the
 * session for at most timeout_ns. Later losses are mended in the background. options may be NULL.
 */
KERA_API int32_t kera_client_connect(const char* uri, const kera_client_options* options,
                                     int64_t timeout_ns, kera_client** client, kera_error* error);
/* Flushes nothing: what is not acknowledged fails with KERA_CLOSED. Not from within a callback.
 * NULL is fine. */
KERA_API void kera_client_close(kera_client* client);

/* The first half of closing, for callers with threads of their own: ends the session and the I/O
 * thread, any thread; what is not acknowledged fails with KERA_CLOSED, and waits end. Handles and
 * memory stay until kera_client_close(), which is called once nobody uses them any more. Does
 * nothing without an I/O thread, where there is nobody to wait for. */
KERA_API void kera_client_shut_down(kera_client* client);

/* Does what there is to do, without waiting; returns how much that was. Does nothing, and returns
 * 0, when the client has an I/O thread or from within a callback. */
KERA_API int32_t kera_client_poll(kera_client* client);
/* Without an I/O thread: sleeps until there is something to do, or for timeout_ns. */
KERA_API void kera_client_wait(kera_client* client, int64_t timeout_ns);
/* Without an I/O thread, for event loops: a descriptor that becomes readable when there is
 * something to do, once kera_client_prepare_wait() has returned 1; 0 means that there is something
 * already. Poll again after *timeout_ns at the latest; -1: no limit. */
KERA_API int kera_client_fd(kera_client* client);
KERA_API int32_t kera_client_prepare_wait(kera_client* client, int64_t* timeout_ns);
/* Wakes the I/O thread; any thread. For those who hand work over without calling. */
KERA_API void kera_client_wake(kera_client* client);
/* Whether there is a session now. */
KERA_API int32_t kera_client_is_connected(const kera_client* client);

/* Any request of the client protocol (sbe-schemas/kera-client.xml), for languages with codecs of
 * their own: asks `request`, a whole frame whose correlation id does not matter, and waits for the
 * frame that answers it. At most answer_capacity bytes of that are written; *answer_bytes says how
 * long it is, and more than the capacity is LIMIT_EXCEEDED. An ErrorAnswer is an error. Requests
 * that carry chunks (Append), and Hello, are INVALID_ARGUMENT. */
KERA_API int32_t kera_client_ask(kera_client* client, const void* request, size_t request_bytes,
                                 void* answer, size_t answer_capacity, size_t* answer_bytes,
                                 int64_t timeout_ns, kera_error* error);

KERA_C_END
