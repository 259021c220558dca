// For tests: bytes that a seed decides. Any thread.
#pragma once

#include <cstddef>
#include <vector>

#include "base/random.hpp"

namespace kera {

inline std::vector<std::byte> random_bytes(Random& random, std::size_t count) {
    std::vector<std::byte> bytes(count);
    for (std::byte& byte : bytes) {
        byte = static_cast<std::byte>(random.next() >> 56);
    }
    return bytes;
}

}  // namespace kera
