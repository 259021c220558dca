// Small vocabularies of the protocol: how durable an append is, in which order one reads, where a
// reader stands. Any thread; plain values whose numbers are the schema's.
#pragma once

#include <cstdint>

namespace kera {

enum class AckLevel : std::uint8_t { none = 0, leader = 1, replicas = 2, disk = 3 };
inline constexpr std::uint8_t kAckLevelMax = 3;

enum class ReadOrder : std::uint8_t { offset = 0, group = 1 };
inline constexpr std::uint8_t kReadOrderMax = 1;

// Place of the next chunk to read, as fetch answers carry it; lane -1 means that the place has to
// be looked up.
struct WireCursor {
    std::int32_t lane = -1;
    std::int32_t group = 0;
    std::int32_t segment = 0;
    std::int32_t position = 0;

    bool known() const noexcept { return lane >= 0; }
    friend bool operator==(const WireCursor&, const WireCursor&) = default;
};

}  // namespace kera
