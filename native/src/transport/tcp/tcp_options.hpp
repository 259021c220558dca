// Limits of a TcpTransport. Plain values; every one bounds what a peer can make us spend.
#pragma once

#include <cstdint>

#include "base/units.hpp"

namespace kera {

struct TcpOptions {
    std::uint32_t connections_max = 4096;
    std::uint32_t message_bytes_max = 72 * 1024 * 1024;

    // Unsent bytes of one connection; a single larger message is taken when nothing waits before
    // it.
    std::uint64_t send_queue_bytes_max = 4 * 1024 * 1024;
    // Buffers of all connections. At the limit reading waits, so that TCP slows the senders.
    std::uint64_t buffer_bytes_max = 512ULL * 1024 * 1024;
    std::uint64_t idle_buffer_bytes_max = 16ULL * 1024 * 1024;

    // From the first byte of a frame to its last.
    std::int64_t frame_deadline_ns = 30 * kNanosPerSecond;
    // From accept to allow_large_frames.
    std::int64_t stranger_deadline_ns = 10 * kNanosPerSecond;
    std::int64_t connect_deadline_ns = 10 * kNanosPerSecond;
    // From close() to the end of sending what was taken, and of waiting for the peer's end.
    std::int64_t close_deadline_ns = 1 * kNanosPerSecond;

    // Small frames wait for flush() also between polls, so that what a duty cycle has to say to one
    // peer leaves together; otherwise they leave when poll() returns, or at once.
    bool sends_when_flushed = false;

    // Several transports of one node listen on the same port, and the kernel spreads connections.
    bool reuse_port = false;
};

}  // namespace kera
