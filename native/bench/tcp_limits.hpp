// What bare loopback TCP does between two threads, without anything of ours on top.
// The calling thread is one of the two; both ends and the thread are gone on return.
#pragma once

#include <cstdint>

#include "bench/histogram.hpp"

namespace kera::bench {

// GB/s of one thread writing blocks and another reading them.
double tcp_stream_gb_per_s(std::uint32_t write_bytes, std::int64_t round_ns);

// Round trips of `message_bytes` between two threads that never sleep.
Histogram tcp_ping(std::uint32_t message_bytes, std::int64_t round_ns);

}  // namespace kera::bench
