#include "vlog/recovery/recovered_group.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "vlog/recovery/recovered_file.hpp"
#include "vlog/recovery/recovery.hpp"

namespace kera {

namespace {

class CollectingSink final : public SegmentChunkSink {
  public:
    explicit CollectingSink(std::vector<ChunkView>& chunks) : chunks_(chunks) {}
    void on_chunk(const ChunkView& chunk) override { chunks_.push_back(chunk); }

  private:
    std::vector<ChunkView>& chunks_;
};

std::uint32_t position_of(const ChunkView& chunk) noexcept {
    return static_cast<std::uint32_t>(chunk.place().position);
}

// By position. Of two chunks at the same position the file's comes first, and counts.
std::vector<ChunkView> merge(const std::vector<ChunkView>& file_chunks,
                             std::vector<ChunkView> journal_chunks) {
    std::ranges::sort(journal_chunks, {}, position_of);
    std::vector<ChunkView> all;
    all.reserve(file_chunks.size() + journal_chunks.size());
    std::ranges::merge(file_chunks, journal_chunks, std::back_inserter(all), {}, position_of,
                       position_of);
    std::vector<ChunkView> merged;
    std::uint32_t end = 0;
    for (const ChunkView& chunk : all) {
        if (position_of(chunk) >= end) {
            merged.push_back(chunk);
            end = position_of(chunk) + chunk.chunk_bytes();
        }
    }
    return merged;
}

// The chunk with a header that says that it is at `position`; `room` holds it if its own header
// said otherwise.
ChunkView placed_at(const ChunkView& chunk, std::uint32_t position, std::vector<std::byte>& room) {
    if (position_of(chunk) == position) {
        return chunk;
    }
    room.assign(chunk.bytes().begin(), chunk.bytes().end());
    ChunkPlace place = chunk.place();
    place.position = static_cast<std::int32_t>(position);
    write_place(room.data(), place);
    return ChunkView(room.data());
}

// Calls `take` for each chunk, placed right after the one before. Ends with the first failure of
// `take`.
template <class Take>
Result<void> for_each_placed(const std::vector<ChunkView>& chunks, Take&& take) {
    std::uint32_t at = 0;
    std::vector<std::byte> moved;
    for (const ChunkView& chunk : chunks) {
        KERA_TRY(take(placed_at(chunk, at, moved)));
        at += chunk.chunk_bytes();
    }
    return {};
}

Result<SegmentFileContent> write_file(Disk& disk, const SegmentPlace& place,
                                      const std::vector<ChunkView>& chunks, std::uint32_t bytes) {
    RecoveredFile file(place, bytes);
    KERA_TRY(for_each_placed(chunks, [&file](const ChunkView& chunk) -> Result<void> {
        file.add(chunk);
        return {};
    }));
    return file.write(disk);
}

}  // namespace

SegmentPlace RecoveredGroup::place_of(SegmentId segment) const noexcept {
    SegmentPlace place = place_;
    place.segment = segment;
    return place;
}

Result<void> RecoveredGroup::check(Disk& disk) {
    for (auto& [segment, piece] : segments_) {
        if (piece.has_file) {
            KERA_TRY(check(disk, segment, piece));
        }
        for (const auto* chunks : {&piece.file_chunks, &piece.chunks}) {
            if (!chunks->empty()) {
                found_end_ = std::max(found_end_, chunks->back().end_offset());
                piece.given_end = std::max(piece.given_end, chunks->back().end_offset());
            }
        }
        if (piece.content && piece.content->lost_last) {
            count_lost(piece, *piece.content->lost_last);
        }
    }
    bool ends_known = false;
    for (auto at = segments_.rbegin(); at != segments_.rend() && !ends_known; ++at) {
        ends_known = count_lost(at->second);
    }
    for (const auto& [segment, piece] : segments_) {
        given_end_ = std::max(given_end_, piece.given_end);
    }
    return {};
}

// What a journal has lost counts, unless the segment's file has it or knows better where the
// offsets end, or something that follows it was found. True when everything before this piece is
// followed by something.
bool RecoveredGroup::count_lost(Piece& piece) {
    if (piece.content && piece.content->facts.closed) {
        return true;
    }
    for (const LostInSegment& lost : piece.lost) {
        count_lost(piece, lost);
    }
    return last_position(piece) >= 0;
}

// It does not count when it, or something that follows it, was found in the file or in a journal.
void RecoveredGroup::count_lost(Piece& piece, const LostInSegment& lost) {
    if (lost.position > last_position(piece)) {
        piece.given_end = std::max(piece.given_end, lost.offset_limit);
    }
}

std::int32_t RecoveredGroup::last_position(const Piece& piece) noexcept {
    std::int32_t last = -1;
    for (const auto* chunks : {&piece.file_chunks, &piece.chunks}) {
        if (!chunks->empty()) {
            last = std::max(last, chunks->back().place().position);
        }
    }
    return last;
}

Result<void> RecoveredGroup::check(Disk& disk, SegmentId segment, Piece& piece) {
    const SegmentPlace place = place_of(segment);
    KERA_TRY_ASSIGN(piece.file, disk.map(segment_file_path(place)));
    CollectingSink sink(piece.file_chunks);
    Result<SegmentFileContent> content = check_segment_file(piece.file.bytes(), place, sink);
    if (content.ok()) {
        for (const ChunkView& chunk : piece.file_chunks) {
            highest_producer_ = std::max(highest_producer_, chunk.info().producer);
        }
        piece.content = std::move(content).value();
        piece.given_end = piece.content->given_end;
    } else {
        piece.misplaced = content.error();
    }
    return {};
}

void RecoveredGroup::report(RecoverySink& sink, RecoveryResult& result,
                            const RecoveryProblem& problem) const {
    if (!deleted_) {
        result.problems += 1;
        sink.problem(problem);
    }
}

Result<void> RecoveredGroup::emit(Disk& disk, Offset start, RecoverySink& sink,
                                  RecoveryResult& result) {
    // A group of which nothing is known was not deleted: it is lost.
    deleted_ = given_end_ > Offset(0) && given_end_ <= start;
    SegmentId expected(0);
    for (auto& [segment, piece] : segments_) {
        const SegmentPlace place = place_of(segment);
        for (; expected < segment; expected = expected.next()) {
            report(sink, result,
                   {RecoveryFault::missing_segment, segment_file_path(place_of(expected)), 0, 0,
                    fail(ErrorCode::corrupt, "segment_missing", 0, expected.value())});
        }
        expected = segment.next();
        result.bytes_verified += static_cast<std::int64_t>(piece.file.bytes().size());
        result.chunks_verified += static_cast<std::int64_t>(piece.file_chunks.size());
        if (piece.misplaced) {
            report(sink, result,
                   {RecoveryFault::misplaced_file, segment_file_path(place), 0,
                    static_cast<std::int64_t>(piece.file.bytes().size()), *piece.misplaced});
        }
        if (piece.content && piece.content->complete()) {
            KERA_TRY(emit_found(piece.file_chunks, *piece.content, sink, result));
        } else {
            KERA_TRY(emit_incomplete(disk, place, piece, sink, result));
        }
    }
    return {};
}

bool RecoveredGroup::has_chunks() const noexcept {
    return std::ranges::any_of(segments_,
                               [](const auto& one) { return !one.second.chunks.empty(); });
}

Result<void> RecoveredGroup::keep_in_files(Disk& disk, RecoveryResult& result) {
    for (const auto& [segment, piece] : segments_) {
        if (piece.misplaced && !piece.chunks.empty()) {
            return *piece.misplaced;  // another segment's file is where the chunks belong
        }
        const std::vector<ChunkView> merged = merge(piece.file_chunks, piece.chunks);
        if (merged.size() == piece.file_chunks.size()) {
            continue;
        }
        std::uint32_t bytes = 0;
        for (const ChunkView& chunk : merged) {
            bytes += chunk.chunk_bytes();
        }
        KERA_TRY(write_file(disk, place_of(segment), merged, bytes));
        result.segments_written += 1;
    }
    return {};
}

Result<void> RecoveredGroup::emit_found(const std::vector<ChunkView>& chunks,
                                        const SegmentFileContent& content, RecoverySink& sink,
                                        RecoveryResult& result) {
    for (const ChunkView& chunk : chunks) {
        sink.chunk_on_disk(content.place, chunk);
    }
    result.segments_found += 1;
    return sink.segment_found(content);
}

Result<void> RecoveredGroup::emit_incomplete(Disk& disk, const SegmentPlace& place,
                                             const Piece& piece, RecoverySink& sink,
                                             RecoveryResult& result) {
    const std::vector<ChunkView> merged = merge(piece.file_chunks, piece.chunks);
    report_gaps(place, piece, merged, sink, result);
    if (merged.empty()) {
        return piece.given_end > Offset(0) ? sink.segment_lost(place, piece.given_end)
                                           : Result<void>();
    }
    std::uint32_t bytes = 0;
    for (const ChunkView& chunk : merged) {
        bytes += chunk.chunk_bytes();
    }
    if (!sink.has_room(bytes)) {
        const Result<SegmentFileContent> written = write_file(disk, place, merged, bytes);
        if (written.ok()) {
            result.segments_written += 1;
            return emit_found(merged, *written, sink, result);
        }
    }
    return emit_replayed(place, merged, bytes, sink, result);
}

Result<void> RecoveredGroup::emit_replayed(const SegmentPlace& place,
                                           const std::vector<ChunkView>& chunks,
                                           std::uint32_t bytes, RecoverySink& sink,
                                           RecoveryResult& result) {
    KERA_TRY(sink.segment_replayed(place, bytes));
    KERA_TRY(for_each_placed(
        chunks, [&](const ChunkView& chunk) { return sink.chunk_replayed(place, chunk); }));
    result.segments_replayed += 1;
    result.chunks_replayed += static_cast<std::int64_t>(chunks.size());
    return {};
}

void RecoveredGroup::report_gaps(const SegmentPlace& place, const Piece& piece,
                                 const std::vector<ChunkView>& merged, RecoverySink& sink,
                                 RecoveryResult& result) {
    const std::optional<SegmentFileContent>& content = piece.content;
    const auto report_gap = [&](std::uint32_t position, std::uint32_t bytes) {
        Error error = fail(ErrorCode::corrupt, "segment_bytes_missing", 0, bytes);
        if (content) {
            for (const SegmentGap& gap : content->gaps) {
                if (gap.position < position + bytes && position < gap.position + gap.bytes) {
                    error = gap.error;
                }
            }
        }
        report(sink, result,
               {RecoveryFault::rotten_segment, segment_file_path(place), position, bytes, error});
    };
    std::uint32_t at = 0;
    for (const ChunkView& chunk : merged) {
        if (position_of(chunk) > at) {
            report_gap(at, position_of(chunk) - at);
        }
        at = position_of(chunk) + chunk.chunk_bytes();
    }
    if (content && content->facts.closed && at < content->summary.data_bytes) {
        report_gap(at, content->summary.data_bytes - at);
    }
}

}  // namespace kera
