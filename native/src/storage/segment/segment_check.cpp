// Compares chunk after chunk with what is known of the segment. See segment_check.hpp.
#include "storage/segment/segment_check.hpp"

namespace kera {

Result<ChunkView> check_chunk_of(Bytes bytes, const SegmentPlace& segment, std::uint32_t position) {
    KERA_TRY_ASSIGN(const ChunkView chunk, first_chunk(bytes));
    KERA_TRY(check_chunk_crcs(chunk.bytes()));
    const ChunkPlace place = chunk.place();
    const ChunkInfo info = chunk.info();
    if (SegmentPlace{info.stream, info.streamlet, place.lane, place.group, place.segment} !=
            segment ||
        place.position != static_cast<std::int32_t>(position)) {
        return fail(ErrorCode::corrupt, "chunk_position", position, place.position);
    }
    return chunk;
}

Result<void> SegmentCheck::check_more(std::size_t bytes_at_least) {
    const std::size_t left = bytes_.size() - at_;
    const std::size_t until = at_ + (bytes_at_least < left ? bytes_at_least : left);
    while (at_ < until) {
        KERA_TRY(check_chunk());
    }
    return done() ? check_end() : Result<void>();
}

Result<void> SegmentCheck::check_chunk() {
    KERA_TRY_ASSIGN(const ChunkView chunk,
                    check_chunk_of(bytes_.subspan(at_), segment_.place(), position_of_next()));
    const Offset expected = at_ == 0 ? segment_.first_offset() : end_offset_;
    const Offset found = chunk.base_offset();
    if (found < expected || (at_ == 0 && found != expected)) {
        return fail(ErrorCode::corrupt, "chunk_base_offset", expected.value(), found.value());
    }
    // Readers skip to where the index says that a chunk starts.
    const std::span<const IndexEntry> index = segment_.index().entries();
    if (entries_seen_ < index.size() && index[entries_seen_].position <= at_) {
        const IndexEntry& entry = index[entries_seen_++];
        if (entry.position != at_ || entry.offset != found) {
            return fail(ErrorCode::corrupt, "segment_index_position", entry.position,
                        static_cast<std::int64_t>(at_));
        }
    }
    end_offset_ = chunk.end_offset();
    at_ += chunk.chunk_bytes();
    ++chunks_;
    return {};
}

// Chunks that were lost before a restart leave no room in the bytes, but their positions are taken.
std::uint32_t SegmentCheck::position_of_next() noexcept {
    const std::span<const SegmentExtent> runs = extents_.runs();
    while (at_ - run_at_ >= runs[run_].bytes) {
        run_at_ += runs[run_].bytes;
        ++run_;
    }
    return runs[run_].position + static_cast<std::uint32_t>(at_ - run_at_);
}

Result<void> SegmentCheck::check_end() const {
    if (chunks_ != segment_.chunk_count()) {
        return fail(ErrorCode::corrupt, "segment_chunk_count", segment_.chunk_count(), chunks_);
    }
    if (chunks_ > 0 && end_offset_ != segment_.end_offset()) {
        return fail(ErrorCode::corrupt, "segment_end_offset", segment_.end_offset().value(),
                    end_offset_.value());
    }
    return {};
}

}  // namespace kera
