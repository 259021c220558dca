// Where each part of a ring lies in its memory: byte for byte as in Agrona's ring buffers, so that
// Java can be either side. Any thread; plain values that own nothing. The memory belongs to the
// caller.
//
//   data, a power of two of bytes: records, each aligned to 8
//     | length int32 | type int32 | message ... |
//     length > 0: published, < 0: claimed, 0: nothing yet; type >= 1, or -1 for padding
//   trailer, 768 bytes: tail, head cache, head, correlation counter, consumer heartbeat; each is an
//     int64 with two cache lines to itself
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.hpp"

namespace kera {

inline constexpr std::int32_t kRingHeaderBytes = 8;
inline constexpr std::int32_t kRingTypeOffset = 4;
inline constexpr std::int32_t kRingAlignment = 8;
inline constexpr std::int32_t kRingPaddingType = -1;

inline constexpr std::size_t kRingTailOffset = 128;
inline constexpr std::size_t kRingHeadCacheOffset = 256;
inline constexpr std::size_t kRingHeadOffset = 384;
inline constexpr std::size_t kRingCorrelationOffset = 512;
inline constexpr std::size_t kRingHeartbeatOffset = 640;
inline constexpr std::size_t kRingTrailerBytes = 768;

inline constexpr std::size_t kRingDataBytesMin = 64;
inline constexpr std::size_t kRingDataBytesMax = std::size_t{1} << 30;

// A message may take an eighth of the data, as in Agrona.
constexpr std::int32_t ring_message_bytes_max(std::size_t data_bytes) noexcept {
    return static_cast<std::int32_t>(data_bytes / 8);
}

// How large a buffer must be. REQUIRES: data_bytes is a power of two.
constexpr std::size_t ring_buffer_bytes(std::size_t data_bytes) noexcept {
    return data_bytes + kRingTrailerBytes;
}

struct RingLayout {
    // The layout of a ring whose data and trailer are this buffer. A new ring's buffer is zeroed.
    // invalid_argument: no ring has this size or alignment.
    static Result<RingLayout> over(std::span<std::byte> buffer);

    std::byte* data = nullptr;
    std::int32_t data_bytes = 0;
    // Written by the producer.
    std::byte* tail = nullptr;
    std::byte* head_cache = nullptr;
    // Written by the consumer.
    std::byte* head = nullptr;
    // Written by both.
    std::byte* correlation = nullptr;
    std::byte* heartbeat = nullptr;
};

}  // namespace kera
