// Limits of a ShmTransport, for both roles. Plain values; every one bounds what a peer can make us
// spend.
#pragma once

#include <cstdint>

#include "base/units.hpp"

namespace kera {

struct ShmOptions {
    std::uint32_t connections_max = 1024;
    std::uint32_t message_bytes_max = 72 * 1024 * 1024;

    // What a client asks for: of each ring, and of the memory that it builds messages in.
    std::uint32_t ring_bytes = 256 * 1024;
    std::uint64_t send_bytes = 16ULL * 1024 * 1024;
    // What a broker grants: to one client, and to all of them together. Memory is spent when
    // touched.
    std::uint64_t send_bytes_max = 256ULL * 1024 * 1024;
    std::uint64_t shared_bytes_max = 8ULL * 1024 * 1024 * 1024;

    // Memory that one peer may be reading at a time; beyond, copies are sent. Then for how long.
    std::uint64_t lease_bytes_max = 64ULL * 1024 * 1024;
    std::int64_t lease_ns_max = 300 * kNanosPerSecond;
    // A body below this is copied: cheaper than lending it.
    std::uint32_t reference_bytes_min = 512;

    // Private buffers of all connections, for what is not referenced.
    std::uint64_t buffer_bytes_max = 512ULL * 1024 * 1024;
    std::uint64_t idle_buffer_bytes_max = 16ULL * 1024 * 1024;

    std::int64_t handshake_deadline_ns = 5 * kNanosPerSecond;
    // From the first record of a frame to its last.
    std::int64_t frame_deadline_ns = 30 * kNanosPerSecond;
    // From the handshake to allow_large_frames.
    std::int64_t hello_deadline_ns = 10 * kNanosPerSecond;
    // From close() until the peer has read what was sent.
    std::int64_t close_deadline_ns = 1 * kNanosPerSecond;
};

}  // namespace kera
