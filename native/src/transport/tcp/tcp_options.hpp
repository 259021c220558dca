// Limits of a TcpTransport. Plain values, any thread. Each bounds what a peer can make us spend.
#pragma once

#include <cstdint>

#include "base/units.hpp"

namespace kera {

// Spans in one body.
inline constexpr std::uint32_t kTcpSegmentsMax = 512;

struct TcpOptions {
    std::uint32_t connections_max = 4096;
    std::uint32_t message_bytes_max = 72 * 1024 * 1024;

    // Unsent bytes of one connection. A single message may be larger when the queue is empty.
    std::uint64_t send_queue_bytes_max = 4 * 1024 * 1024;
    // Buffers of all connections. At the limit nothing is read, so that TCP slows the senders down.
    std::uint64_t buffer_bytes_max = 512ULL * 1024 * 1024;
    std::uint64_t idle_buffer_bytes_max = 16ULL * 1024 * 1024;

    // From the first byte of a frame to its last.
    std::int64_t frame_deadline_ns = 30 * kNanosPerSecond;
    // From accept to allow_large_frames.
    std::int64_t hello_deadline_ns = 10 * kNanosPerSecond;
    std::int64_t connect_deadline_ns = 10 * kNanosPerSecond;
    // From close() until what was taken has been sent and the peer has ended too.
    std::int64_t close_deadline_ns = 1 * kNanosPerSecond;

    // Small messages wait for flush(), so that all messages of one duty cycle to one peer leave
    // together. Otherwise they leave when poll() returns, or at once outside poll().
    bool sends_when_flushed = false;

    // Several transports of one node listen on the same port; the kernel spreads connections over
    // them.
    bool reuse_port = false;
};

}  // namespace kera
