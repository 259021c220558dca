// Describes in one line the machine that ran the benchmarks. Any thread.
#pragma once

#include <string>

namespace kera::bench {

// Processor, cores, memory, kernel, available page sizes, chosen CRC kernels.
std::string describe_machine();

}  // namespace kera::bench
