// Finds the segment that a chunk belongs to. One reactor's thread.
#pragma once

#include "storage/segment/segment.hpp"

namespace kera {

class SegmentFinder {
  public:
    virtual ~SegmentFinder() = default;
    // Holds nothing when the segment is gone, or was never here.
    virtual SegmentLease find_segment(const SegmentPlace& place) noexcept = 0;
};

}  // namespace kera
