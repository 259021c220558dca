// Puts a streamlet together after a restart, from what log files have of its segments. One thread,
// before any append and any reader. REQUIRES: lanes were added; per lane, segments and chunks come
// in the order of their append; the caller has verified them. Invariants after finish(): all groups
// are closed, so appends open new ones; offsets below next are there or lost.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "storage/streamlet/streamlet.hpp"
#include "wire/file/producers_file.hpp"

namespace kera {

struct ReplayReport {
    Offset start_offset;
    Offset next_offset;
    std::int64_t records = 0;
    // Offsets at or above the start that no chunk has: of chunks that were never acknowledged, or
    // rotten ones.
    std::int64_t lost_records = 0;
};

class StreamletReplay {
  public:
    // `start` is the start that was stored before the restart.
    explicit StreamletReplay(Streamlet& streamlet, Offset start = Offset(0)) noexcept
        : streamlet_(streamlet), start_(start) {}

    // A segment with what was found of it; it stays on disk. corrupt when it does not follow the
    // one before.
    Result<Segment*> add_segment(LaneId lane, GroupId group, SegmentId segment,
                                 const SegmentSummary& summary, std::int64_t created_ms,
                                 SegmentExtents extents);
    // A segment of which nothing was found: its number is taken, and so are the offsets below
    // `end`.
    Result<void> add_lost_segment(LaneId lane, GroupId group, SegmentId segment, Offset end);
    // Offsets below `end` were given away, whether or not their records are found.
    void note_given(Offset end) noexcept { given_end_ = std::max(given_end_, end); }
    // Called for each chunk of a segment that was added, so that its producers are known and its
    // records counted.
    Result<void> note_chunk(const ChunkView& chunk);
    // Appends and reads may begin.
    ReplayReport finish();

    // After finish(), before any append: what the lane knew of producers whose chunks were deleted.
    // Returns those that count, now and later, and those whose chunks were found.
    // Invariant: the start passes only chunks that were readable, and whatever is below it is
    // deleted. So a state whose chunk ends at or below the start is true, found or not, and counts
    // unless a later chunk was found. Above the start, a chunk that is not found was lost: its
    // state must not count, or the retry would be called a duplicate.
    std::vector<ProducerState> note_producers(LaneId lane,
                                              std::span<const ProducerState> producers);
    std::uint16_t lane_count() const noexcept { return streamlet_.lane_count(); }

  private:
    Result<void> check_place(LaneId lane, GroupId group, SegmentId segment) const;
    void note_producer(Lane& lane, const ChunkView& chunk, const ChunkPlace& place);
    void note_deleted(Lane& lane, const ProducerState& producer);
    void note_lane(Lane& lane, ProducerId producer, Offset base_offset);

    void count(const ChunkView& chunk) noexcept;

    Streamlet& streamlet_;
    const Offset start_;
    // At or above the start.
    std::int64_t records_found_ = 0;
    Offset given_end_{0};
    // The latest chunk of each producer. A producer that was forgotten may have come back in
    // another lane.
    std::unordered_map<ProducerId, Offset> latest_;
};

}  // namespace kera
