// The transport that a client needs for a URI. Any thread; what it makes belongs to the caller.
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "transport/transport.hpp"

namespace kera {

struct ClientTransportOptions {
    // shm: memory shared with the broker in which chunks are built; spent when touched.
    std::uint64_t send_memory_bytes = 64_MiB;
    // Received messages that are not read yet, at most.
    std::uint64_t receive_memory_bytes = 512_MiB;
    std::int64_t connect_timeout_ns = 10 * kNanosPerSecond;
};

// UNSUPPORTED: there is no such transport in this build.
Result<std::unique_ptr<Transport>> open_client_transport(const Uri& uri,
                                                         const ClientTransportOptions& options,
                                                         const Clock& clock);

}  // namespace kera
