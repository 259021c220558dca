// Verifies what was read back from a segment's file, some chunks at a time, before anybody uses a
// length in it. One thread; borrows segment and bytes. REQUIRES: the segment is closed. Invariant:
// after done() without an error, every byte lies in a chunk that passed both of its checksums, is
// where its header says, and has the offsets that the segment is known to have.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "storage/segment/segment.hpp"

namespace kera {

class SegmentCheck {
  public:
    // `bytes` are as many as the segment's head says.
    SegmentCheck(const Segment& segment, Bytes bytes) noexcept : segment_(segment), bytes_(bytes) {}

    // Continues over whole chunks until at least so many bytes were checked. `corrupt` or
    // `bad_checksum` for anything that was not written so.
    Result<void> check_more(std::size_t bytes_at_least);
    bool done() const noexcept { return at_ == bytes_.size(); }

  private:
    Result<void> check_chunk();
    Result<void> check_end() const;

    const Segment& segment_;
    Bytes bytes_;
    std::size_t at_ = 0;
    std::size_t entries_seen_ = 0;
    std::uint32_t chunks_ = 0;
    // Of the chunk before.
    Offset end_offset_{0};
};

}  // namespace kera
