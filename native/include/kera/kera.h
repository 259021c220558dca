/* KerA's client for C, and for every language that speaks C.
 *
 * A client holds one session with a broker. Over it, producers write records into streams,
 * consumers read them, and the kera_stream_ and kera_node_ functions ask the broker questions.
 *
 * Errors. Functions that can fail return a code, KERA_OK (0) or one of enum kera_code, and describe
 * it in *error when error is not NULL. Codes keep their numbers for ever.
 *
 * Threads. A client may be used from any thread. A producer and a consumer each belong to one
 * thread at a time. Without an I/O thread (kera_client_options.io_thread = 0) a client and all that
 * is over it belong to one thread together, and work is done only within calls: kera_client_poll()
 * and whatever else is called.
 *
 * Ownership. What is handed in is copied or used up before the call returns. What is handed out
 * says how long it lives. Closing a client closes what is over it; those handles are then gone.
 *
 * Times are in nanoseconds, those of records in milliseconds since 1970. A negative timeout stands
 * for the client's call_timeout_ns. NULL is refused with KERA_INVALID_ARGUMENT where it makes no
 * sense.
 *
 * Structs with struct_bytes grow at their end only: fill them with their _init function, which is
 * given the size that the caller was compiled with.
 */
#pragma once

#include "kera/kera_base.h"
#include "kera/kera_client.h"
#include "kera/kera_consumer.h"
#include "kera/kera_producer.h"
#include "kera/kera_records.h"
#include "kera/kera_shared_producer.h"
#include "kera/kera_streams.h"
