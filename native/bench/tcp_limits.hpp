// The speed of plain loopback TCP between two threads, without KerA. The calling thread is one of
// the two. Sockets and the other thread have ended on return.
#pragma once

#include <cstdint>

#include "bench/histogram.hpp"

namespace kera::bench {

// GB/s of one thread that writes blocks and another one that reads them.
double tcp_stream_gb_per_s(std::uint32_t write_bytes, std::int64_t round_ns);

// Round trips of `message_bytes` between two threads that never sleep.
Histogram tcp_ping(std::uint32_t message_bytes, std::int64_t round_ns);

}  // namespace kera::bench
