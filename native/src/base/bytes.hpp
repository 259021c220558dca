// Reads and writes numbers and byte ranges at any address. Only this file and copy_crc call memcpy.
// Any thread; owns nothing. The functions do not check lengths: the caller does. Byte formats are
// little-endian, and every machine that this core supports is, too.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>

#include "base/check.hpp"

namespace kera {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

static_assert(std::endian::native == std::endian::little);

template <class T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
T load_le(const std::byte* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
}

template <class T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
void store_le(std::byte* at, T value) noexcept {
    std::memcpy(at, &value, sizeof(T));
}

// REQUIRES: the two ranges do not overlap. Null pointers are allowed for zero bytes.
inline void copy_bytes(std::byte* destination, const std::byte* source,
                       std::size_t bytes) noexcept {
    if (bytes > 0) {
        std::memcpy(destination, source, bytes);
    }
}

inline void zero_bytes(std::byte* destination, std::size_t bytes) noexcept {
    if (bytes > 0) {
        std::memset(destination, 0, bytes);
    }
}

inline bool equal_bytes(const std::byte* left, const std::byte* right, std::size_t bytes) noexcept {
    return bytes == 0 || std::memcmp(left, right, bytes) == 0;
}

}  // namespace kera
