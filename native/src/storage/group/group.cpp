// What a group knows of its segments. See group.hpp. add() and close() on the lane's owner, the
// rest on any thread.
#include "storage/group/group.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace kera {

Group::Group(SegmentMemory& memory, LaneId lane, GroupId id, std::uint32_t segments_max)
    : memory_(memory),
      lane_(lane),
      id_(id),
      segments_max_(segments_max),
      segments_(std::make_unique<std::unique_ptr<Segment>[]>(segments_max)) {}

Group::~Group() {
    // Nobody leases them, but until now the evictor may have had them in its lists.
    for (std::uint32_t i = 0; i < segment_count(); ++i) {
        memory_.forget(*segments_[i]);
    }
}

Segment& Group::add(std::unique_ptr<Segment> segment) noexcept {
    const std::uint32_t count = segment_count_.load(std::memory_order_relaxed);
    KERA_ASSERT(count < segments_max_, count, segments_max_);
    KERA_ASSERT(!is_closed());
    segments_[count] = std::move(segment);
    segment_count_.store(count + 1, std::memory_order_release);
    return *segments_[count];
}

void Group::close() noexcept {
    const std::uint32_t count = segment_count();
    KERA_ASSERT(count == 0 || segments_[count - 1]->is_closed());
    state_.store(GroupState::closed, std::memory_order_release);
}

Offset Group::first_offset() const noexcept {
    // Segments whose files were lost are empty.
    for (std::uint32_t i = 0; i < segment_count(); ++i) {
        const Offset first = segments_[i]->first_offset();
        if (first != kNoOffset) {
            return first;
        }
    }
    return kNoOffset;
}

Offset Group::end_offset() const noexcept {
    // The last segment may be linked and still empty.
    for (std::uint32_t left = segment_count(); left > 0; --left) {
        const Offset end = segments_[left - 1]->end_offset();
        if (end != kNoOffset) {
            return end;
        }
    }
    return kNoOffset;
}

GroupInfo Group::info() const noexcept {
    GroupInfo info;
    info.lane = lane_;
    info.group = id_;
    info.state = is_closed() ? GroupState::closed : GroupState::open;
    info.segment_count = segment_count();
    info.first_offset = first_offset();
    info.end_offset = end_offset();
    for (std::uint32_t i = 0; i < info.segment_count; ++i) {
        info.bytes += segments_[i]->head_bytes();
        info.record_count += segments_[i]->record_count();
        info.max_timestamp_ms = std::max(info.max_timestamp_ms, segments_[i]->max_timestamp_ms());
    }
    return info;
}

bool Group::released() const noexcept {
    for (std::uint32_t i = 0; i < segment_count(); ++i) {
        if (segments_[i]->is_leased()) {
            return false;
        }
    }
    return true;
}

}  // namespace kera
