// Compares chunk after chunk with what is known of the segment. See segment_check.hpp.
#include "storage/segment/segment_check.hpp"

#include "storage/segment/segment_file.hpp"

namespace kera {

Result<void> SegmentCheck::check_more(std::size_t bytes_at_least) {
    const std::size_t left = bytes_.size() - at_;
    const std::size_t until = at_ + (bytes_at_least < left ? bytes_at_least : left);
    while (at_ < until) {
        KERA_TRY(check_chunk());
    }
    return done() ? check_end() : Result<void>();
}

Result<void> SegmentCheck::check_chunk() {
    KERA_TRY_ASSIGN(const ChunkView chunk, check_chunk_at(bytes_, at_, segment_.place()));
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
