// What a transport writes beside each descriptor it watches: connections their id, which is
// positive; everything else a negative number. Any thread; constants.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kera {

inline constexpr std::uint64_t kWakeKey = ~0ULL;

constexpr std::uint64_t listener_key(std::size_t index) {
    return (1ULL << 63) | index;
}
constexpr bool is_listener_key(std::uint64_t key) {
    return key != kWakeKey && (key >> 63) != 0;
}
constexpr std::size_t listener_index(std::uint64_t key) {
    return static_cast<std::size_t>(key & ~(1ULL << 63));
}

}  // namespace kera
