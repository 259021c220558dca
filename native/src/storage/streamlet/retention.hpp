// Decides how far a streamlet's start may move: what is too old, or too much. Whole closed groups
// at a time. Any thread, within its grace period; decides only. Acting on it:
// Streamlet::raise_start(), then Lane::drop_below() by each lane's owner. Invariants: nothing
// younger than the age limit goes for its age, not even in another lane; what goes for its size
// goes oldest first, and at least the limit stays.
#pragma once

#include <cstdint>

#include "storage/streamlet/streamlet.hpp"

namespace kera {

// Closes the lane's open group when all of it is too old, so that a lane that fell silent does not
// keep its data, and that of the others, for ever. The lane's owner. Returns the segment that was
// open, which may be flushed now; or null.
Segment* close_expired_group(const Streamlet& streamlet, Lane& lane, std::int64_t now_ms);

// The start offset that the streamlet's retention asks for; start_offset() when there is nothing to
// do.
Offset retained_from(Streamlet& streamlet, std::int64_t now_ms);

}  // namespace kera
