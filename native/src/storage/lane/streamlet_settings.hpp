// A stream's settings as each of its streamlets uses them, with the broker's defaults filled in.
// Any thread; a plain value. Retention may be altered later, see Streamlet::set_retention.
// Invariant after resolve(): every bound is positive and within the limits below.
#pragma once

#include <algorithm>
#include <cstdint>

#include "wire/chunk/chunk.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

enum class TimestampType : std::uint8_t { producer = 0, append = 1 };

inline constexpr std::uint32_t kSegmentBytesMin = 64U << 10U;
inline constexpr std::uint32_t kSegmentBytesMax = 256U << 20U;
inline constexpr std::uint32_t kSegmentBytesDefault = 16U << 20U;
inline constexpr std::uint32_t kGroupSegmentsMax = 1024;
inline constexpr std::uint32_t kGroupSegmentsDefault = 4;
// A value of 64 MiB with its keys, its headers and its chunk.
inline constexpr std::uint32_t kChunkBytesMax = (64U << 20U) + (64U << 10U);
inline constexpr std::uint16_t kLanesMax = 64;

struct Retention {
    std::int64_t age_ms_max = kNoLimit;
    std::int64_t bytes_max = kNoLimit;

    friend bool operator==(const Retention&, const Retention&) = default;
};

struct StreamletSettings {
    std::uint32_t segment_bytes_min = kSegmentBytesMin;
    std::uint32_t segment_bytes_max = kSegmentBytesDefault;
    std::uint32_t group_segments = kGroupSegmentsDefault;
    std::uint32_t chunk_bytes_max = kChunkBytesMax;
    // Producers that one lane remembers.
    std::uint32_t producers_max = 1U << 20U;
    TimestampType timestamps = TimestampType::producer;
    Retention retention;

    static StreamletSettings resolve(const StreamSettings& stream) noexcept {
        StreamletSettings settings;
        if (stream.segment_bytes_max != 0) {
            settings.segment_bytes_max =
                std::clamp(stream.segment_bytes_max, kSegmentBytesMin, kSegmentBytesMax);
        }
        if (stream.group_segments != 0) {
            settings.group_segments = std::min(stream.group_segments, kGroupSegmentsMax);
        }
        settings.timestamps =
            stream.timestamp_type == 0 ? TimestampType::producer : TimestampType::append;
        settings.retention = {stream.retention_ms, stream.retention_bytes};
        return settings;
    }
};

}  // namespace kera
