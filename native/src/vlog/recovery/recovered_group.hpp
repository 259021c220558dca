// What recovery has found of one group, files and chunks from journals, put together segment by
// segment. One thread; borrows the journals' bytes, maps the files itself. See recovery.hpp.
// Invariant: of two copies of a chunk, the one in the segment's file counts, and only one reaches
// the sink.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "disk/disk.hpp"
#include "storage/segment/segment_file.hpp"
#include "vlog/journal/journal_scan.hpp"

namespace kera {

class RecoverySink;
struct RecoveryProblem;
struct RecoveryResult;

class RecoveredGroup {
  public:
    RecoveredGroup(StreamId stream, StreamletId streamlet, LaneId lane, GroupId group)
        : place_{stream, streamlet, lane, group, SegmentId(0)} {}

    void add_file(SegmentId segment) { segments_[segment].has_file = true; }
    // REQUIRES: in the order of their append.
    void add_chunk(const ChunkView& chunk) {
        segments_[chunk.place().segment].chunks.push_back(chunk);
    }

    // A chunk of which a journal has only this left.
    void add_lost(const LostChunk& chunk) {
        segments_[chunk.place.segment].lost.push_back({chunk.place.position, chunk.offset_limit});
    }

    // Offsets below it were given to records of the group, found or lost, as far as is known. After
    // check().
    Offset given_end() const noexcept { return given_end_; }
    // The highest in its files' chunks; kNoProducer when none has one. After check().
    ProducerId highest_producer() const noexcept { return highest_producer_; }
    bool lacks_last_offsets() const noexcept { return found_end_ < given_end_; }

    // Verifies the files.
    Result<void> check(Disk& disk);
    // Groups that end at or before `start` were deleted. They reach the sink all the same, so that
    // their numbers are not given to other groups, but nothing in them is reported as missing.
    Result<void> emit(Disk& disk, Offset start, RecoverySink& sink, RecoveryResult& result);
    // For a stream that is set aside: chunks that only journals have go to its files. Nothing
    // reaches the sink.
    Result<void> keep_in_files(Disk& disk, RecoveryResult& result);
    bool has_chunks() const noexcept;

  private:
    struct Piece {
        bool has_file = false;
        MappedFile file;
        std::optional<SegmentFileContent> content;
        std::optional<Error> misplaced;
        std::vector<ChunkView> file_chunks;
        std::vector<ChunkView> chunks;
        // What journals have lost.
        std::vector<LostInSegment> lost;
        // Like RecoveredGroup::given_end().
        Offset given_end{0};
    };

    SegmentPlace place_of(SegmentId segment) const noexcept;
    Result<void> check(Disk& disk, SegmentId segment, Piece& piece);
    static bool count_lost(Piece& piece);
    static void count_lost(Piece& piece, const LostInSegment& lost);
    // Of the chunks that were found; -1 when there are none.
    static std::int32_t last_position(const Piece& piece) noexcept;
    static Result<void> emit_found(const std::vector<ChunkView>& chunks,
                                   const SegmentFileContent& content, RecoverySink& sink,
                                   RecoveryResult& result);
    Result<void> emit_incomplete(Disk& disk, const SegmentPlace& place, const Piece& piece,
                                 RecoverySink& sink, RecoveryResult& result);
    static Result<void> emit_replayed(const SegmentPlace& place,
                                      const std::vector<ChunkView>& chunks, std::uint32_t bytes,
                                      RecoverySink& sink, RecoveryResult& result);
    void report(RecoverySink& sink, RecoveryResult& result, const RecoveryProblem& problem) const;
    void report_gaps(const SegmentPlace& place, const Piece& piece,
                     const std::vector<ChunkView>& merged, RecoverySink& sink,
                     RecoveryResult& result);

    SegmentPlace place_;
    std::map<SegmentId, Piece> segments_;
    Offset given_end_{0};
    Offset found_end_{0};
    ProducerId highest_producer_ = kNoProducer;
    bool deleted_ = false;
};

}  // namespace kera
