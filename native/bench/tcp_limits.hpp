// The speed of plain loopback TCP between two threads, without KerA. The calling thread is one of
// the two. Sockets and the other thread have ended on return.
#pragma once

#include <cstdint>

#include "bench/histogram.hpp"

namespace kera::bench {

// How a thread writes blocks that another one reads.
struct TcpStream {
    std::uint32_t write_bytes = 0;
    // Written and not yet read. Without a limit the sockets fill with megabytes, and a stream has
    // a third of the speed or less.
    std::uint64_t in_flight_max = UINT64_MAX;
    // Both threads ask again and again instead of sleeping.
    bool spins = false;
    // By sendfile(2) from a file in memory, which copies nothing on the way into the socket.
    bool sends_file = false;
};

// What is written without a thought: blocking calls of 64 KiB.
inline constexpr TcpStream kPlainStream{.write_bytes = 64U << 10U};

double tcp_stream_gb_per_s(const TcpStream& stream, std::int64_t round_ns);

// GB/s of the fastest of several streams, the plain one among them: each takes its part of the
// round.
double fastest_tcp_stream_gb_per_s(std::int64_t round_ns);

// Round trips of `message_bytes` between two threads that never sleep. REQUIRES: two free cores.
Histogram tcp_ping(std::uint32_t message_bytes, std::int64_t round_ns);

}  // namespace kera::bench
