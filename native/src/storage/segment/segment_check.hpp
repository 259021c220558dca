// Verifies what was read back of a segment from log files, some chunks at a time, before anybody
// uses a length in it. One thread; borrows segment and bytes. REQUIRES: the segment is closed.
// Invariant: after done() without an error, every byte lies in a chunk that passed both of its
// checksums, is where its header says, and has the offsets that the segment is known to have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/result.hpp"
#include "storage/segment/segment.hpp"

namespace kera {

// The chunk at the start of `bytes`, if it passes both checksums and is the one at `position` of
// that segment.
Result<ChunkView> check_chunk_of(Bytes bytes, const SegmentPlace& segment, std::uint32_t position);

class SegmentCheck {
  public:
    // `bytes` are what `extents` name, one after the other, and as many as the segment's head says.
    SegmentCheck(const Segment& segment, SegmentExtents extents, Bytes bytes) noexcept
        : segment_(segment), extents_(std::move(extents)), bytes_(bytes) {}

    // Continues over whole chunks until at least so many bytes were checked. `corrupt` or
    // `bad_checksum` for anything that was not written so.
    Result<void> check_more(std::size_t bytes_at_least);
    bool done() const noexcept { return at_ == bytes_.size(); }
    // With the next chunk; after an error, with the chunk that is wrong. Null behind the last one.
    LogFile* file() const noexcept {
        const std::span<const SegmentExtent> runs = extents_.runs();
        return run_ < runs.size() ? &extents_.file(runs[run_]) : nullptr;
    }

  private:
    Result<void> check_chunk();
    Result<void> check_end() const;
    std::uint32_t position_of_next() noexcept;

    const Segment& segment_;
    const SegmentExtents extents_;
    Bytes bytes_;
    std::size_t at_ = 0;
    // The run with the next chunk, and where it begins in `bytes`.
    std::size_t run_ = 0;
    std::size_t run_at_ = 0;
    std::size_t entries_seen_ = 0;
    std::uint32_t chunks_ = 0;
    // Of the chunk before.
    Offset end_offset_{0};
};

}  // namespace kera
