// Puts a lane together from what was found on disk. See lane.hpp and replay.hpp. The lane's owner,
// before any append and before any reader.
#include "storage/lane/lane.hpp"

namespace kera {

Segment& Lane::restore_segment(std::unique_ptr<Segment> segment) {
    const SegmentPlace place = segment->place();
    const auto add_group = [&](GroupId id) {
        end_restore();
        group_ = &groups_.add(
            std::make_unique<Group>(*host_.memory, id_, id, state_.settings.group_segments));
    };
    // What was lost leaves an empty group or segment, so that numbers stay dense.
    while (group_ != nullptr && group_->id().next() < place.group) {
        add_group(group_->id().next());
    }
    if (group_ == nullptr || group_->id() < place.group) {
        add_group(place.group);
    }
    KERA_ASSERT(group_->id() == place.group, group_->id(), place.group);
    for (auto id = SegmentId(static_cast<std::int32_t>(group_->segment_count()));
         id < place.segment; id = id.next()) {
        SegmentPlace lost = place;
        lost.segment = id;
        group_->add(std::make_unique<Segment>(lost, SegmentSummary{}, segment->created_ms(),
                                              SegmentExtents()));
    }
    KERA_ASSERT(static_cast<std::int32_t>(group_->segment_count()) == place.segment.value(),
                place.segment);
    kept_bytes_.fetch_add(segment->head_bytes(), std::memory_order_relaxed);
    return group_->add(std::move(segment));
}

void Lane::end_restore() noexcept {
    if (group_ != nullptr) {
        group_->close();
        group_ = nullptr;
    }
}

}  // namespace kera
