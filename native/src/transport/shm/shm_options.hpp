// Limits of a ShmTransport, for nodes and clients. Plain values, any thread. Each bounds what a
// peer can make us spend.
#pragma once

#include <cstdint>

#include "base/units.hpp"

namespace kera {

struct ShmOptions {
    std::uint32_t connections_max = 1024;
    std::uint32_t message_bytes_max = 72 * 1024 * 1024;

    // What a client asks for: bytes of each ring, and of the memory in which it builds messages.
    std::uint32_t ring_bytes = 256 * 1024;
    std::uint64_t send_bytes = 16ULL * 1024 * 1024;
    // What a node grants: to one client, and to all clients together. Memory is spent at its first
    // use.
    std::uint64_t send_bytes_max = 256ULL * 1024 * 1024;
    std::uint64_t shared_bytes_max = 8ULL * 1024 * 1024 * 1024;

    // How much memory is lent to one peer, and for how long. Beyond the bytes, copies are sent.
    std::uint64_t lease_bytes_max = 64ULL * 1024 * 1024;
    std::int64_t lease_ns_max = 300 * kNanosPerSecond;
    // A smaller body is copied: that is cheaper than lending it.
    std::uint32_t reference_bytes_min = 512;

    // Private buffers of all connections, for bytes that are copied.
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
