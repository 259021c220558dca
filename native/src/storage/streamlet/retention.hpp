// Decides how far a streamlet's start may move: what is too old, or too much, in whole closed
// groups. Any thread, within its grace period; it only decides. Streamlet::raise_start() and then
// Lane::drop_below() by each lane's owner do it. Invariants: nothing younger than the age limit is
// deleted for its age, not even in another lane; by size the oldest is deleted first, and at least
// the limit stays.
#pragma once

#include <cstdint>

#include "storage/streamlet/streamlet.hpp"

namespace kera {

// Closes the lane's open group when all of it is too old: else a lane without appends would keep
// its data, and that of other lanes, for ever. The lane's owner. Returns the segment that was open,
// which may be flushed now; or null.
Segment* close_expired_group(const Streamlet& streamlet, Lane& lane, std::int64_t now_ms);

// The start offset that retention asks for; start_offset() when there is nothing to do.
Offset retained_from(Streamlet& streamlet, std::int64_t now_ms);

}  // namespace kera
