// What recovery has found of one group in log files, put together segment by segment. One thread;
// borrows the files' bytes. See recovery.hpp. Invariant: of several copies of a chunk only one
// reaches the sink, and its file is needed from then on.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "storage/segment/segment.hpp"
#include "vlog/journal/journal_scan.hpp"

namespace kera {

class RecoverySink;
struct RecoveryProblem;
struct RecoveryResult;

// A chunk in a log file.
struct FoundChunk {
    ChunkView chunk;
    std::shared_ptr<LogFile> file;
    std::uint64_t file_at = 0;
};

class RecoveredGroup {
  public:
    RecoveredGroup(StreamId stream, StreamletId streamlet, LaneId lane, GroupId group)
        : place_{stream, streamlet, lane, group, SegmentId(0)} {}

    void add_chunk(const FoundChunk& found) {
        segments_[found.chunk.place().segment].chunks.push_back(found);
    }
    // A chunk of which a log file has only this left.
    void add_lost(const LostChunk& chunk) { segments_[chunk.place.segment].lost.push_back(chunk); }

    // Everything was added: puts chunks into their order, and leaves one copy of each.
    void settle();
    // Offsets below it were given to records of the group, found or lost, as far as is known. After
    // settle().
    Offset given_end() const noexcept { return given_end_; }
    bool lacks_last_offsets() const noexcept { return found_end_ < given_end_; }

    // Groups that end at or before `start` were deleted. They reach the sink all the same, so that
    // their numbers are not given to other groups, but nothing in them is reported as missing.
    Result<void> emit(Offset start, RecoverySink& sink, RecoveryResult& result);
    // For a stream that is set aside: its files are needed as long as `kept` lives. Nothing reaches
    // the sink.
    void keep(std::vector<SegmentExtents>& kept) const;

  private:
    struct Piece {
        std::vector<FoundChunk> chunks;
        std::vector<LostChunk> lost;
        // Like RecoveredGroup::given_end().
        Offset given_end{0};
    };

    static void leave_one_of_each(std::vector<FoundChunk>& chunks);
    static bool count_lost(Piece& piece);
    static SegmentExtents extents_of(const Piece& piece);
    static SegmentSummary summary_of(const Piece& piece);
    Result<void> emit(const SegmentPlace& place, const Piece& piece, RecoverySink& sink,
                      RecoveryResult& result) const;
    void report(RecoverySink& sink, RecoveryResult& result, const RecoveryProblem& problem) const;
    void report_gaps(const SegmentPlace& place, const Piece& piece, RecoverySink& sink,
                     RecoveryResult& result) const;

    SegmentPlace place_;
    std::map<SegmentId, Piece> segments_;
    Offset given_end_{0};
    Offset found_end_{0};
    bool deleted_ = false;
};

}  // namespace kera
