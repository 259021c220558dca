// Finds the first record at or after a time: segments by their greatest timestamp, then the index,
// then hops. Any thread, within its grace period. Timestamps need not grow with offsets; the answer
// is the smallest offset.
#pragma once

#include <cstdint>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "storage/segment/segment_lease.hpp"
#include "storage/streamlet/streamlet.hpp"

namespace kera {

struct TimeOutcome {
    // The readable head when there is no such record yet.
    Offset offset;
    std::int64_t timestamp_ms = -1;
    // Nothing could be found before this segment is back in memory.
    SegmentLease needs_load;
};

// Only readable records.
Result<TimeOutcome> find_time(Streamlet& streamlet, std::int64_t timestamp_ms);

}  // namespace kera
