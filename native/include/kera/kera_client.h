/* A session with a broker; kera.h has the general rules. */
#pragma once

#include "kera/kera_base.h"

KERA_C_BEGIN

typedef struct kera_client kera_client;

typedef struct kera_client_options {
    uint32_t struct_bytes;
    int32_t io_thread;             /* 1: the client has its own I/O thread (default) */
    const char* client_name;       /* shown to the broker; NULL: "kera" */
    const char* token;             /* the token that the broker requires; NULL: none */
    int64_t call_timeout_ns;       /* for negative timeouts; default 30 s */
    int64_t connect_timeout_ns;    /* for one attempt; default 10 s */
    int64_t keep_alive_ns;         /* after so much silence a ping is sent; default 15 s */
    int64_t reconnect_initial_ns;  /* wait after a loss; doubles, with jitter; 20 ms */
    int64_t reconnect_max_ns;      /* default 2 s */
    uint64_t send_memory_bytes;    /* shm: memory for building chunks, shared; 64 MiB */
    uint64_t receive_memory_bytes; /* limit of received and unread bytes; 512 MiB */
    uint32_t idle_polls_max;       /* polls without work before a thread sleeps; 2000 */
    uint32_t reserved;
} kera_client_options;

KERA_API void kera_client_options_init(kera_client_options* options, size_t struct_bytes);

/* Connects to a URI, such as tcp:127.0.0.1:4150 or shm:/run/kera/node.sock, and waits at most
 * timeout_ns for the session. The client reconnects by itself after a later loss. options may be
 * NULL. */
KERA_API int32_t kera_client_connect(const char* uri, const kera_client_options* options,
                                     int64_t timeout_ns, kera_client** client, kera_error* error);
/* Does not flush: unacknowledged records fail with KERA_CLOSED. Do not call it inside a callback.
 * NULL does nothing. */
KERA_API void kera_client_close(kera_client* client);

/* The first half of closing, for callers with several threads. Any thread. It ends the session and
 * the I/O thread, and ends all waits. Unacknowledged records fail with KERA_CLOSED. Handles and
 * memory stay valid until kera_client_close(); call that when no thread uses them any more. Without
 * an I/O thread this does nothing. */
KERA_API void kera_client_shut_down(kera_client* client);

/* Does all pending work without waiting, and returns how much it did. With an I/O thread, and
 * inside a callback, it does nothing and returns 0. */
KERA_API int32_t kera_client_poll(kera_client* client);
/* Without an I/O thread: sleeps until there is work, or for timeout_ns. */
KERA_API void kera_client_wait(kera_client* client, int64_t timeout_ns);
/* Without an I/O thread, for event loops: first call kera_client_prepare_wait(). 0: there is work
 * now, so poll. 1: the descriptor becomes readable when there is work. Poll again after
 * *timeout_ns at the latest; -1: no limit. */
KERA_API int kera_client_fd(kera_client* client);
KERA_API int32_t kera_client_prepare_wait(kera_client* client, int64_t* timeout_ns);
/* Wakes the I/O thread; any thread. For callers that pass work through shared memory, without a
 * call (kera_shared_producer.h). */
KERA_API void kera_client_wake(kera_client* client);
/* 1: there is a session now. */
KERA_API int32_t kera_client_is_connected(const kera_client* client);

/* Sends any request of the client protocol (sbe-schemas/kera-client.xml), for languages with their
 * own codecs. `request` is a whole frame; its correlation id does not matter. Waits for the frame
 * that answers it, and writes at most answer_capacity bytes of that frame. *answer_bytes is the
 * frame's length; if that is more than the capacity, the result is KERA_LIMIT_EXCEEDED. An
 * ErrorAnswer is returned as an error. Append and Hello give KERA_INVALID_ARGUMENT. */
KERA_API int32_t kera_client_ask(kera_client* client, const void* request, size_t request_bytes,
                                 void* answer, size_t answer_capacity, size_t* answer_bytes,
                                 int64_t timeout_ns, kera_error* error);

KERA_C_END
