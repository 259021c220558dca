// Where a reader stands, so that reading on looks nothing up. Plain data: it holds no memory and
// may become stale; a stale one costs a look-up, nothing else. One thread at a time. Invariant:
// places() has one entry per lane that the reader knew, each at the lane's next chunk for it.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.hpp"
#include "storage/segment/segment.hpp"
#include "wire/frame/levels.hpp"

namespace kera {

// A chunk boundary in a lane.
struct LanePlace {
    GroupId group{-1};
    SegmentId segment{0};
    std::uint32_t position = 0;
    // Base offset of the chunk here; kNoOffset when it has not been looked at.
    Offset base_offset = kNoOffset;

    bool known() const noexcept { return group.value() >= 0; }
};

class Cursor {
  public:
    // Nowhere: the first read looks its offset up.
    Cursor() = default;
    // From the wire, where one lane's place fits. The place is a claim, and checked.
    explicit Cursor(const WireCursor& wire) : wire_(wire) {}

    // For the wire; unknown when the streamlet has several lanes, whose readers keep their cursor
    // at the broker.
    WireCursor to_wire() const noexcept {
        if (places_.size() != 1 || !places_.front().known()) {
            return {};
        }
        const LanePlace& place = places_.front();
        return {0, place.group.value(), place.segment.value(),
                static_cast<std::int32_t>(place.position)};
    }

    // What the next read has to ask for, to go on from here.
    Offset next_offset() const noexcept { return next_offset_; }

  private:
    friend class Reader;

    std::vector<LanePlace> places_;
    // So many of the places are known to fit next_offset_.
    std::size_t lanes_sought_ = 0;
    Offset next_offset_ = kNoOffset;
    WireCursor wire_;
};

}  // namespace kera
