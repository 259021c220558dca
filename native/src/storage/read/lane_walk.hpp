// Steps through the published chunks of a lane, and finds where to start: the part of reading that
// knows groups, segments and chunks. Any thread, within its grace period. Owns nothing; positions
// are plain data. Invariant: whatever a position claims, no byte beyond a segment's head is read.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "storage/lane/lane.hpp"
#include "storage/read/cursor.hpp"

namespace kera {

enum class PositionState : std::uint8_t {
    chunk,       // a published chunk is there, and its base offset is known
    end,         // nothing more has been published
    gone,        // the group was dropped
    needs_load,  // the segment has to be read back first
};

// A chunk boundary of a segment in memory, and what lies before it.
struct Run {
    std::uint32_t end_position = 0;
    // All chunks of the lane below this offset lie before end_position.
    Offset end_offset;
    // Of the chunk at end_position, if it was read.
    Offset next_base_offset = kNoOffset;
};

// The chunk at `position`, bounds checked: corrupt when no chunk fits there.
Result<ChunkView> chunk_at(const std::byte* bytes, std::uint32_t position,
                           std::uint32_t head_bytes);

// Moves `at` over the ends of segments and groups to the next chunk.
Result<PositionState> skip_to_chunk(const Lane& lane, LanePosition& at);

// Sets `at` to the lane's first chunk that ends above `offset`, or to the end of what is
// published.
Result<PositionState> seek(const Lane& lane, Offset offset, LanePosition& at);

// Whether there is a chunk at `at` whose header says the same. REQUIRES: at.position < head_bytes.
bool starts_chunk(const std::byte* bytes, const LanePosition& at, std::uint32_t head_bytes);

// Whether a position that a peer sent is the boundary in front of `offset`; if so `at` is set.
bool accept_position(const Lane& lane, const WireCursor& claimed, Offset offset, LanePosition& at);

// From `position` over the chunks that start below `limit` and fit into `bytes_max`; with
// `at_least_one`, the first one whatever its size. `bytes` are the segment's, under a lease.
Result<Run> scan_run(const Segment& segment, const std::byte* bytes, std::uint32_t position,
                     Offset limit, std::uint64_t bytes_max, bool at_least_one);

// Null when the group was dropped or has no such segment.
Segment* find_segment(const Lane& lane, const LanePosition& at) noexcept;

}  // namespace kera
