// Options, outcomes and statistics that a producer and a shared producer share in the C ABI. Any
// thread; stateless, owns nothing.
#pragma once

#include "client/abi/abi.hpp"

namespace kera::abi {

// What a producer of either kind is asked to be; null: the defaults.
Result<ProducerOptions> read_producer_options(const kera_producer_options* given);
void write_stats(const ProducerStats& now, kera_producer_stats* stats);
kera_outcome to_outcome(const BatchOutcome& outcome);

template <class Handle>
std::int32_t flush_producer(Handle* handle, std::int64_t timeout_ns, kera_error* error) {
    return call(error, [&]() -> Result<void> {
        KERA_TRY(refuse_null(handle, "producer"));
        return handle->producer->flush(handle->client->client->deadline_ns(timeout_ns));
    });
}

template <class Handle>
std::int32_t get_producer_stats(const Handle* handle, kera_producer_stats* stats) {
    return call(nullptr, [&]() -> Result<void> {
        KERA_TRY(refuse_null(handle, "producer"));
        KERA_TRY(refuse_null(stats, "stats"));
        write_stats(handle->producer->stats(), stats);
        return {};
    });
}

}  // namespace kera::abi
