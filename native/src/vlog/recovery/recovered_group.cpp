#include "vlog/recovery/recovered_group.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "storage/segment/stream_folders.hpp"
#include "vlog/recovery/recovery.hpp"

namespace kera {

namespace {

std::uint32_t position_of(const FoundChunk& found) noexcept {
    return static_cast<std::uint32_t>(found.chunk.place().position);
}

std::uint32_t end_of(const FoundChunk& found) noexcept {
    return position_of(found) + found.chunk.chunk_bytes();
}

std::string name_of(const SegmentPlace& place) {
    return streamlet_folder(place.stream, place.streamlet) +
           " lane=" + std::to_string(place.lane.value()) +
           " group=" + std::to_string(place.group.value()) +
           " segment=" + std::to_string(place.segment.value());
}

}  // namespace

// A chunk may have been copied to another file, or written again after a failed sync.
void RecoveredGroup::leave_one_of_each(std::vector<FoundChunk>& chunks) {
    std::ranges::sort(chunks, {}, position_of);
    std::vector<FoundChunk> left;
    for (FoundChunk& found : chunks) {
        if (left.empty() || position_of(found) >= end_of(left.back())) {
            left.push_back(std::move(found));
        }
    }
    chunks = std::move(left);
}

void RecoveredGroup::settle() {
    for (auto& [segment, piece] : segments_) {
        leave_one_of_each(piece.chunks);
        if (!piece.chunks.empty()) {
            piece.given_end = piece.chunks.back().chunk.end_offset();
            found_end_ = std::max(found_end_, piece.given_end);
        }
    }
    bool ends_known = false;
    for (auto at = segments_.rbegin(); at != segments_.rend() && !ends_known; ++at) {
        ends_known = count_lost(at->second);
    }
    for (const auto& [segment, piece] : segments_) {
        given_end_ = std::max(given_end_, piece.given_end);
    }
}

// What is lost counts, unless it, or something that follows it, was found. True when everything
// before this piece is followed by something.
bool RecoveredGroup::count_lost(Piece& piece) {
    const std::int64_t last =
        piece.chunks.empty() ? -1 : std::int64_t{position_of(piece.chunks.back())};
    for (const LostChunk& lost : piece.lost) {
        if (lost.place.position > last) {
            piece.given_end = std::max(piece.given_end, lost.offset_limit);
        }
    }
    return !piece.chunks.empty();
}

SegmentExtents RecoveredGroup::extents_of(const Piece& piece) {
    SegmentExtents extents;
    for (const FoundChunk& found : piece.chunks) {
        extents.add(found.file, found.file_at, position_of(found), found.chunk.chunk_bytes());
    }
    return extents;
}

SegmentSummary RecoveredGroup::summary_of(const Piece& piece) {
    std::vector<ChunkView> chunks;
    chunks.reserve(piece.chunks.size());
    for (const FoundChunk& found : piece.chunks) {
        chunks.push_back(found.chunk);
    }
    return summarize(chunks);
}

Result<void> RecoveredGroup::emit(Offset start, RecoverySink& sink, RecoveryResult& result) {
    // A group of which nothing is known was not deleted: it is lost.
    deleted_ = given_end_ > Offset(0) && given_end_ <= start;
    SegmentPlace place = place_;
    for (const auto& [segment, piece] : segments_) {
        for (; place.segment < segment; place.segment = place.segment.next()) {
            report(sink, result,
                   {RecoveryFault::missing_segment, name_of(place), 0, 0,
                    fail(ErrorCode::corrupt, "segment_missing", 0, place.segment.value())});
        }
        KERA_TRY(emit(place, piece, sink, result));
        place.segment = segment.next();
    }
    return {};
}

Result<void> RecoveredGroup::emit(const SegmentPlace& place, const Piece& piece, RecoverySink& sink,
                                  RecoveryResult& result) const {
    report_gaps(place, piece, sink, result);
    if (piece.chunks.empty()) {
        return piece.given_end > Offset(0) ? sink.segment_lost(place, piece.given_end)
                                           : Result<void>();
    }
    for (const FoundChunk& found : piece.chunks) {
        sink.chunk_found(found.chunk);
    }
    result.segments += 1;
    return sink.segment_found(
        {place, summary_of(piece), piece.chunks.front().chunk.append_time_ms(), extents_of(piece)});
}

void RecoveredGroup::keep(std::vector<SegmentExtents>& kept) const {
    for (const auto& [segment, piece] : segments_) {
        kept.push_back(extents_of(piece));
    }
}

void RecoveredGroup::report(RecoverySink& sink, RecoveryResult& result,
                            const RecoveryProblem& problem) const {
    if (!deleted_) {
        result.problems += 1;
        sink.problem(problem);
    }
}

void RecoveredGroup::report_gaps(const SegmentPlace& place, const Piece& piece, RecoverySink& sink,
                                 RecoveryResult& result) const {
    std::uint32_t at = 0;
    for (const FoundChunk& found : piece.chunks) {
        if (position_of(found) > at) {
            const std::uint32_t bytes = position_of(found) - at;
            report(sink, result,
                   {RecoveryFault::rotten_segment, name_of(place), at, bytes,
                    fail(ErrorCode::corrupt, "segment_bytes_missing", 0, bytes)});
        }
        at = end_of(found);
    }
}

}  // namespace kera
