// What is known of a segment without reading its bytes. Any thread; plain values.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.hpp"
#include "storage/segment/segment_index.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

inline constexpr Offset kNoOffset{-1};

struct SegmentSummary {
    std::uint32_t data_bytes = 0;
    std::uint32_t chunk_count = 0;
    std::int64_t record_count = 0;
    // kNoOffset when there are no chunks.
    Offset first_offset = kNoOffset;
    // After the last record.
    Offset end_offset = kNoOffset;
    std::int64_t max_timestamp_ms = kNoTimestamp;
    std::vector<IndexEntry> index;
};

// Of chunks that follow each other in memory. Those that are missing between them leave no room.
SegmentSummary summarize(std::span<const ChunkView> chunks);

}  // namespace kera
