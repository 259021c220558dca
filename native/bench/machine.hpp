// The machine a table was made on, in one line. Any thread.
#pragma once

#include <string>

namespace kera::bench {

// Processor, cores, memory, kernel, page kinds on offer, the kernels that were chosen.
std::string describe_machine();

}  // namespace kera::bench
