// Small types of the protocol: how durable an append is, the order of reading, a reader's position.
// Any thread; plain values with the schema's numbers.
#pragma once

#include <cstdint>

namespace kera {

enum class AckLevel : std::uint8_t { none = 0, leader = 1, replicas = 2, disk = 3 };
inline constexpr std::uint8_t kAckLevelMax = 3;

enum class ReadOrder : std::uint8_t { offset = 0, group = 1 };
inline constexpr std::uint8_t kReadOrderMax = 1;

// The place of the next chunk to read, as in fetch answers. Lane -1: the place must be looked up.
struct WireCursor {
    std::int32_t lane = -1;
    std::int32_t group = 0;
    std::int32_t segment = 0;
    std::int32_t position = 0;

    bool known() const noexcept { return lane >= 0; }
    friend bool operator==(const WireCursor&, const WireCursor&) = default;
};

}  // namespace kera
