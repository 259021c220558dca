// What recovery has found of one group: files, and chunks from journals; put together segment by
// segment. One thread; borrows the journals' bytes, maps the files itself. See recovery.hpp.
// Invariant: of two copies of a chunk the one in the segment's file counts, and only one is handed
// on.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "disk/disk.hpp"
#include "storage/segment/segment_file.hpp"
#include "vlog/journal_scan.hpp"

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

    // Of a chunk that a journal had, and of which only this is left.
    void add_lost(const LostChunk& chunk) {
        segments_[chunk.place.segment].lost.push_back({chunk.place.position, chunk.offset_limit});
    }

    // Offsets below it were given to records of the group, as far as is known: of those that are
    // found, and of those that are lost. After check().
    Offset given_end() const noexcept { return given_end_; }
    // Of the chunks in its files; kNoProducer when none has one. After check().
    ProducerId highest_producer() const noexcept { return highest_producer_; }
    bool lacks_last_offsets() const noexcept { return found_end_ < given_end_; }

    // Verifies the files.
    Result<void> check(Disk& disk);
    // What ends at or before `start` had been deleted: it is handed on, so that its number is not
    // given to another group, but nobody misses what it lacks.
    Result<void> emit(Disk& disk, Offset start, RecoverySink& sink, RecoveryResult& result);
    // Of a stream that is set aside: what only journals have goes to its files, handed on to
    // nobody.
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
        // By journals.
        std::vector<LostInSegment> lost;
        // As RecoveredGroup::given_end().
        Offset given_end{0};
    };

    SegmentPlace place_of(SegmentId segment) const noexcept;
    Result<void> check(Disk& disk, SegmentId segment, Piece& piece);
    static bool count_lost(Piece& piece);
    static void count_lost(Piece& piece, const LostInSegment& lost);
    // Of what was found; -1 where nothing was.
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
