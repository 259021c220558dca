// Sizes with units, and the power-of-two arithmetic for layouts. Any thread; everything here is a
// constant expression.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/check.hpp"

namespace kera {

constexpr std::size_t operator""_KiB(unsigned long long count) noexcept {
    return static_cast<std::size_t>(count) << 10;
}
constexpr std::size_t operator""_MiB(unsigned long long count) noexcept {
    return static_cast<std::size_t>(count) << 20;
}
constexpr std::size_t operator""_GiB(unsigned long long count) noexcept {
    return static_cast<std::size_t>(count) << 30;
}

inline constexpr std::size_t kCacheLineBytes = 64;
inline constexpr std::int64_t kNanosPerMicro = 1'000;
inline constexpr std::int64_t kNanosPerMilli = 1'000'000;
inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

template <std::integral T>
constexpr bool is_power_of_two(T value) noexcept {
    return value > 0 && (value & static_cast<T>(value - 1)) == 0;
}

// REQUIRES: alignment is a power of two; value + alignment does not overflow.
template <std::integral T>
constexpr T align_up(T value, std::type_identity_t<T> alignment) noexcept {
    KERA_ASSERT(is_power_of_two(alignment), alignment);
    return static_cast<T>((value + (alignment - 1)) & ~static_cast<T>(alignment - 1));
}

template <std::integral T>
constexpr T align_down(T value, std::type_identity_t<T> alignment) noexcept {
    KERA_ASSERT(is_power_of_two(alignment), alignment);
    return static_cast<T>(value & ~static_cast<T>(alignment - 1));
}

template <std::integral T>
constexpr bool is_aligned(T value, std::type_identity_t<T> alignment) noexcept {
    return align_down(value, alignment) == value;
}

}  // namespace kera
