// Puts a streamlet together again after a restart, from segment files and from chunks of the
// journal. One thread, before any append and any reader. REQUIRES: lanes were added; per lane,
// segments and chunks come in the order of their append. Whoever calls has verified what it hands
// in. Invariants after finish(): all groups are closed, so appends open new ones; offsets below
// next are there or lost.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <unordered_map>

#include "base/result.hpp"
#include "storage/streamlet/streamlet.hpp"
#include "wire/file/producers_file.hpp"

namespace kera {

struct ReplayReport {
    Offset start_offset;
    Offset next_offset;
    std::int64_t records = 0;
    // Offsets at or above the start that no chunk has: chunks that nobody had been promised, or
    // rotten ones.
    std::int64_t lost_records = 0;
};

enum class Replayed : std::uint8_t {
    copied,   // now in memory, in a segment that is not in a file
    present,  // there already, from its segment's file or from an earlier journal entry
};

class StreamletReplay {
  public:
    // `start`: what was kept before the restart.
    explicit StreamletReplay(Streamlet& streamlet, Offset start = Offset(0)) noexcept
        : streamlet_(streamlet), start_(start) {}

    // A whole segment as its file describes it; it stays on disk. corrupt when its place does not
    // follow.
    Result<Segment*> add_segment(LaneId lane, GroupId group, SegmentId segment,
                                 const SegmentSummary& summary, std::int64_t created_ms);
    // A segment of which nothing was found: its number is taken, and so are the offsets below
    // `end`.
    Result<void> add_lost_segment(LaneId lane, GroupId group, SegmentId segment, Offset end);
    // Offsets below `end` were given away, whether or not their records are found.
    void note_given(Offset end) noexcept { given_end_ = std::max(given_end_, end); }
    // Each chunk of a segment that was added, so that its producers are known again, and its
    // records are not missed.
    Result<void> note_chunk(const ChunkView& chunk);
    // A chunk from the journal, or from the checkpoint of an open segment: copied to where it lay.
    // corrupt when something before it in its segment is missing; memory_exhausted when it cannot
    // be held.
    Result<Replayed> replay_chunk(const ChunkView& chunk);
    // Appends and reads may begin.
    ReplayReport finish();

    // After finish(), before any append: what the lane knew of producers by chunks that are gone.
    // One whose last chunk is not below the start has lost it, and is not believed.
    void note_producers(LaneId lane, std::span<const ProducerState> producers);
    std::uint16_t lane_count() const noexcept { return streamlet_.lane_count(); }

  private:
    Result<void> check_place(LaneId lane, GroupId group, SegmentId segment) const;
    void note_producer(Lane& lane, const ChunkView& chunk, const ChunkPlace& place);

    void count(const ChunkView& chunk) noexcept;

    Streamlet& streamlet_;
    const Offset start_;
    // At or above the start.
    std::int64_t records_found_ = 0;
    Offset given_end_{0};
    // Of each producer's latest chunk: a producer that was forgotten may have come back in another
    // lane.
    std::unordered_map<ProducerId, Offset> latest_;
};

}  // namespace kera
