// Puts a lane together from what was found on disk. See lane.hpp and replay.hpp. The lane's owner,
// before any append and before any reader.
#include <algorithm>

#include "base/bytes.hpp"
#include "storage/lane/lane.hpp"

namespace kera {

Segment& Lane::restore_segment(std::unique_ptr<Segment> segment) {
    const SegmentPlace place = segment->place();
    const auto add_group = [&](GroupId id) {
        end_restore();
        group_ = &groups_.add(
            std::make_unique<Group>(*host_.memory, id_, id, state_.settings.group_segments));
    };
    // A file that was lost leaves an empty group or segment, so that numbers stay dense.
    while (group_ != nullptr && group_->id().next() < place.group) {
        add_group(group_->id().next());
    }
    if (group_ == nullptr || group_->id() < place.group) {
        add_group(place.group);
    }
    KERA_ASSERT(group_->id() == place.group, group_->id(), place.group);
    close_last_segment();
    for (auto id = SegmentId(static_cast<std::int32_t>(group_->segment_count()));
         id < place.segment; id = id.next()) {
        SegmentPlace lost = place;
        lost.segment = id;
        group_->add(std::make_unique<Segment>(lost, SegmentSummary{}, segment->created_ms()));
    }
    KERA_ASSERT(static_cast<std::int32_t>(group_->segment_count()) == place.segment.value(),
                place.segment);
    kept_bytes_.fetch_add(segment->head_bytes(), std::memory_order_relaxed);
    return group_->add(std::move(segment));
}

Result<Segment*> Lane::restore_room(const SegmentPlace& place, std::uint32_t bytes,
                                    std::int64_t opened_ms) {
    KERA_TRY_ASSIGN(SegmentBlock block,
                    host_.memory->claim(std::max(state_.settings.segment_bytes_min, bytes)));
    auto segment = std::make_unique<Segment>(std::move(block), opened_ms);
    segment->set_place(place, opened_ms);
    return &restore_segment(std::move(segment));
}

Result<void> Lane::restore_chunk(Segment& segment, const ChunkView& chunk) {
    constexpr std::uint32_t kGrowth = 4;
    const std::uint32_t bytes = chunk.chunk_bytes();
    if (bytes > segment.room_bytes()) {
        const std::uint32_t least = segment.head_bytes() + bytes;
        const std::uint32_t wider = std::max(
            least, std::min(state_.settings.segment_bytes_max, segment.capacity_bytes() * kGrowth));
        KERA_TRY_ASSIGN(SegmentBlock block, host_.memory->claim(wider));
        segment.widen(std::move(block));
    }
    copy_bytes(segment.room(), chunk.data(), bytes);
    segment.publish(bytes, chunk.base_offset(), chunk.record_count(), chunk.max_timestamp_ms());
    kept_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    return {};
}

void Lane::end_restore() noexcept {
    if (group_ != nullptr) {
        close_last_segment();
        group_->close();
        group_ = nullptr;
    }
}

void Lane::close_last_segment() noexcept {
    const std::uint32_t count = group_->segment_count();
    if (count == 0) {
        return;
    }
    Segment* last = group_->find(SegmentId(static_cast<std::int32_t>(count - 1)));
    if (!last->is_closed()) {
        last->close();
    }
}

}  // namespace kera
