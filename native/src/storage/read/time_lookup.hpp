// Finds the first record at or after a time: first by the segments' greatest timestamps, then by
// the index, then chunk by chunk. Any thread, within its grace period. Timestamps need not grow
// with offsets; the answer is the smallest offset.
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
    // This segment has to be read back first.
    SegmentLease needs_load;
};

// Searches readable records only.
Result<TimeOutcome> find_time(Streamlet& streamlet, std::int64_t timestamp_ms);

}  // namespace kera
