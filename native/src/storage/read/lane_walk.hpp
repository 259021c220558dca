// Steps through the published chunks of a lane, and look-ups of where to start: the part of reading
// that knows groups, segments and hops. Any thread, within its grace period. Owns nothing; places
// are plain data. Invariant: whatever a place claims, nothing beyond a segment's head is looked at.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "storage/lane/lane.hpp"
#include "storage/read/cursor.hpp"

namespace kera {

enum class Stand : std::uint8_t {
    chunk,       // a published chunk stands at the place, and its base offset is known
    end,         // nothing more has been published
    gone,        // the place's group was dropped
    needs_load,  // the segment has to be read back first
};

// A chunk boundary of a segment in memory, and how far one can go on from there.
struct Run {
    std::uint32_t end_position = 0;
    // All chunks of the lane below this offset lie before end_position.
    Offset end_offset;
    // Of the chunk at end_position, when it was looked at.
    Offset next_base_offset = kNoOffset;
};

// The chunk at `position`, bounds checked: corrupt when no chunk fits there.
Result<ChunkView> chunk_at(const std::byte* bytes, std::uint32_t position,
                           std::uint32_t head_bytes);

// Moves `place` over the ends of segments and groups to where the next chunk stands.
Result<Stand> settle(const Lane& lane, LanePlace& place);

// Sets `place` to the lane's first chunk that ends above `offset`, or to the end of what is
// published.
Result<Stand> seek(const Lane& lane, Offset offset, LanePlace& place);

// Whether a chunk that says of itself to lie at `place` does so. REQUIRES: place.position <
// head_bytes.
bool starts_chunk(const std::byte* bytes, const LanePlace& place, std::uint32_t head_bytes);

// Whether a place that a peer handed in is the boundary in front of `offset`; if so `place` is set.
bool accept_place(const Lane& lane, const WireCursor& claimed, Offset offset, LanePlace& place);

// From `position` over the chunks that start below `limit` and fit into `bytes_max`, with
// `at_least_one` the first one whatever its size. `bytes` are the segment's, under a lease.
Result<Run> scan_run(const Segment& segment, const std::byte* bytes, std::uint32_t position,
                     Offset limit, std::uint64_t bytes_max, bool at_least_one);

// Null when the group was dropped or has no such segment.
Segment* find_segment(const Lane& lane, const LanePlace& place) noexcept;

}  // namespace kera
