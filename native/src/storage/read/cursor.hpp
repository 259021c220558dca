// Where a reader is in each lane, so that its next read need not search. Plain data: it holds no
// memory. It may become stale; a stale cursor costs one search, nothing else. One thread at a time.
// Invariant: there is one position for each lane that the reader knew, at the reader's next chunk.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.hpp"
#include "storage/segment/segment.hpp"
#include "wire/frame/levels.hpp"

namespace kera {

// A chunk boundary in a lane.
struct LanePosition {
    GroupId group{-1};
    SegmentId segment{0};
    std::uint32_t position = 0;
    // Base offset of the chunk here; kNoOffset while it was not read.
    Offset base_offset = kNoOffset;

    bool known() const noexcept { return group.value() >= 0; }
};

class Cursor {
  public:
    // Without a position: the first read searches for its offset.
    Cursor() = default;
    // From the wire, which has room for one lane's position. It is a claim, and is checked.
    explicit Cursor(const WireCursor& wire) : wire_(wire) {}

    // For the wire. Unknown when the streamlet has several lanes: their readers keep their cursor
    // at the broker.
    WireCursor to_wire() const noexcept {
        if (positions_.size() != 1 || !positions_.front().known()) {
            return {};
        }
        const LanePosition& here = positions_.front();
        return {0, here.group.value(), here.segment.value(),
                static_cast<std::int32_t>(here.position)};
    }

    // The offset of the next read.
    Offset next_offset() const noexcept { return next_offset_; }

  private:
    friend class Reader;

    std::vector<LanePosition> positions_;
    // So many of the positions are known to fit next_offset_.
    std::size_t lanes_sought_ = 0;
    Offset next_offset_ = kNoOffset;
    WireCursor wire_;
};

}  // namespace kera
