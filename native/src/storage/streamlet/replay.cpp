// Puts each segment where it belongs, and sums up at the end. See replay.hpp. One thread,
// before any append and any reader.
#include "storage/streamlet/replay.hpp"

#include <algorithm>
#include <utility>

namespace kera {

Result<Segment*> StreamletReplay::add_segment(LaneId lane, GroupId group, SegmentId segment,
                                              const SegmentSummary& summary,
                                              std::int64_t created_ms, SegmentExtents extents) {
    KERA_TRY(check_place(lane, group, segment));
    const SegmentPlace place{streamlet_.stream(), streamlet_.id(), lane, group, segment};
    return &streamlet_.lane(lane).restore_segment(
        std::make_unique<Segment>(place, summary, created_ms, std::move(extents)));
}

Result<void> StreamletReplay::add_lost_segment(LaneId lane, GroupId group, SegmentId segment,
                                               Offset end) {
    SegmentSummary nothing;
    nothing.end_offset = end;
    KERA_TRY(add_segment(lane, group, segment, nothing, 0, SegmentExtents()));
    note_given(end);
    return {};
}

Result<void> StreamletReplay::note_chunk(const ChunkView& chunk) {
    const ChunkPlace place = chunk.place();
    if (place.lane.value() >= streamlet_.lane_count()) {
        return fail(ErrorCode::corrupt, "lane", streamlet_.lane_count(), place.lane.value());
    }
    note_producer(streamlet_.lane(place.lane), chunk, place);
    count(chunk);
    return {};
}

// Below the start, data need not be whole: some lanes' groups may be deleted, while others' still
// reach across the start.
void StreamletReplay::count(const ChunkView& chunk) noexcept {
    const Offset end = chunk.end_offset();
    if (end > start_) {
        records_found_ += end - std::max(chunk.base_offset(), start_);
    }
}

ReplayReport StreamletReplay::finish() {
    ReplayReport report;
    report.start_offset = start_;
    report.next_offset = std::max(start_, given_end_);
    std::vector<GroupInfo> groups;
    streamlet_.groups(groups);
    const std::uint16_t lane_count = streamlet_.lane_count();
    for (std::uint16_t id = 0; id < lane_count; ++id) {
        streamlet_.lane(LaneId(id)).end_restore();
    }
    for (const GroupInfo& group : groups) {
        if (group.first_offset != kNoOffset) {
            report.next_offset = std::max(report.next_offset, group.end_offset);
            report.records += group.record_count;
        }
    }
    report.lost_records = (report.next_offset - start_) - records_found_;
    streamlet_.restore_offsets(report.start_offset, report.next_offset);
    return report;
}

Result<void> StreamletReplay::check_place(LaneId lane, GroupId group, SegmentId segment) const {
    if (lane.value() >= streamlet_.lane_count()) {
        return fail(ErrorCode::corrupt, "lane", streamlet_.lane_count(), lane.value());
    }
    const auto segments_max = static_cast<std::int32_t>(streamlet_.settings().group_segments);
    if (segment.value() < 0 || segment.value() >= segments_max) {
        return fail(ErrorCode::corrupt, "segment", segments_max, segment.value());
    }
    const GroupDirectory& groups = streamlet_.lane(lane).groups();
    if (groups.empty()) {
        // Higher than any lane ever gets, with room behind it for the groups that follow.
        constexpr std::int32_t kGroupMax = 1 << 30;
        return group.value() >= 0 && group.value() <= kGroupMax
                   ? Result<void>()
                   : fail(ErrorCode::corrupt, "group", kGroupMax, group.value());
    }
    const auto last = GroupId(groups.end().value() - 1);
    if (group < last) {
        return fail(ErrorCode::corrupt, "group", last.value(), group.value());
    }
    // Empty groups bridge a gap. A gap as wide as this is no loss.
    constexpr std::int32_t kGroupGapMax = 1 << 16;
    if (group.value() - last.value() > kGroupGapMax) {
        return fail(ErrorCode::corrupt, "group", last.value() + kGroupGapMax, group.value());
    }
    const auto count = static_cast<std::int32_t>(groups.find(last)->segment_count());
    if (group == last && segment.value() < count) {
        return fail(ErrorCode::corrupt, "segment", count, segment.value());
    }
    return {};
}

std::vector<ProducerState> StreamletReplay::note_producers(
    LaneId lane_id, std::span<const ProducerState> producers) {
    Lane& lane = streamlet_.lane(lane_id);
    const Offset start = streamlet_.start_offset();
    std::vector<ProducerState> counting;
    for (const ProducerState& producer : producers) {
        const Offset end = producer.end_offset();
        if (end > streamlet_.next_offset()) {
            streamlet_.restore_offsets(start, end);
        }
        if (end <= start) {
            counting.push_back(producer);
            note_deleted(lane, producer);
        } else if (lane.last_chunk_of(producer.id) >= producer.base_offset) {
            counting.push_back(producer);
        }
    }
    return counting;
}

void StreamletReplay::note_deleted(Lane& lane, const ProducerState& producer) {
    lane.restore_producer(producer);
    if (lane.knows_producer(producer.id)) {
        note_lane(lane, producer.id, producer.base_offset);
    }
}

// In whichever lane: the latest chunk counts.
void StreamletReplay::note_lane(Lane& lane, ProducerId producer, Offset base_offset) {
    const auto [known, is_new] = latest_.try_emplace(producer, base_offset);
    if (is_new || known->second <= base_offset) {
        known->second = base_offset;
        streamlet_.producer_lanes().restore(producer, lane.id());
    }
}

void StreamletReplay::note_producer(Lane& lane, const ChunkView& chunk, const ChunkPlace& place) {
    const ChunkInfo info = chunk.info();
    if (info.producer != kNoProducer) {
        lane.restore_producer(info, place.base_offset, place.append_time_ms);
        if (lane.knows_producer(info.producer)) {
            note_lane(lane, info.producer, place.base_offset);
        }
    }
}

}  // namespace kera
