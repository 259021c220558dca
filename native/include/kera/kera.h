/* KerA's client for C, and for every language that can call C.
 *
 * A client holds one session with a broker. Over this session, producers write records into
 * streams, consumers read them, and the kera_stream_ and kera_node_ functions send requests to the
 * broker.
 *
 * Errors. A function that can fail returns a code: KERA_OK (0) or one of enum kera_code. When error
 * is not NULL, *error describes it. The numbers of codes never change.
 *
 * Threads. A client may be used from any thread. A producer and a consumer each belong to one
 * thread at a time. Without an I/O thread (kera_client_options.io_thread = 0), one thread owns the
 * client with all its producers and consumers. Then work is done only inside calls, such as
 * kera_client_poll().
 *
 * Ownership. Arguments are copied or used up before the call returns. For results, the comments
 * state how long they are valid. Closing a client closes its producers and consumers; their handles
 * are then invalid.
 *
 * Times are in nanoseconds. Times of records are in milliseconds since 1970. A negative timeout
 * means the client's call_timeout_ns. NULL gives KERA_INVALID_ARGUMENT, except where a comment
 * allows it.
 *
 * Structs with struct_bytes grow only at their end. Fill them with their _init function, and pass
 * it the size that you compiled with: sizeof.
 */
#pragma once

#include "kera/kera_base.h"
#include "kera/kera_client.h"
#include "kera/kera_consumer.h"
#include "kera/kera_producer.h"
#include "kera/kera_records.h"
#include "kera/kera_shared_producer.h"
#include "kera/kera_streams.h"
