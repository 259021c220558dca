// Sizes and offsets of the ABI's structs, from the compiler, for languages that fill them by
// address. Any thread; constants.
#pragma once

#include <string>

namespace kera::jni {

// Lines: `version 0.1.0`, `abi 1`, `code 22 TIMED_OUT 1` (retriable), `struct kera_batch 72`,
// `field kera_batch.data 0 8`.
std::string describe_library();

}  // namespace kera::jni
