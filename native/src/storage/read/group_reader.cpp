// Whole-group reading: one lane's chunks as they lie, for readers that need no order across lanes.
// See reader.hpp. Any thread, within its grace period. The place comes from a peer and is checked
// before the first step.
#include "storage/read/reader.hpp"

#include <algorithm>

namespace kera {

Result<ReadOutcome> Reader::read_group(GroupPlace& at, std::uint32_t bytes_max, SpanList& out) {
    out.clear();
    bytes_max = std::min(bytes_max, kReadBytesMax);
    if (at.lane.value() >= streamlet_.lane_count()) {
        return fail(ErrorCode::invalid_argument, "lane", streamlet_.lane_count(), at.lane.value());
    }
    const Lane& lane = streamlet_.lane(at.lane);
    const Offset head = streamlet_.readable_head();
    LanePlace& place = at.place;
    ReadOutcome outcome;
    KERA_TRY_ASSIGN(outcome.needs_load, enter_group(lane, place));
    while (!outcome.needs_load && !out.full() && (out.empty() || outcome.bytes < bytes_max)) {
        const Group* group = lane.groups().find(place.group);
        if (group == nullptr) {
            break;
        }
        const bool group_is_closed = group->is_closed();
        Segment* segment = group->find(place.segment);
        if (segment == nullptr) {
            outcome.end_of_group = group_is_closed;
            break;
        }
        const bool segment_is_closed = segment->is_closed();
        if (place.position >= segment->head_bytes()) {
            if (!segment_is_closed) {
                break;
            }
            place = LanePlace{.group = place.group, .segment = place.segment.next()};
            continue;
        }
        const std::uint32_t before = outcome.bytes;
        KERA_TRY_ASSIGN(const bool in_memory,
                        take_run(*segment, place, head, bytes_max - outcome.bytes, out, outcome));
        if (!in_memory && out.empty()) {
            outcome.needs_load = SegmentLease(*segment);
        }
        if (outcome.bytes == before) {
            break;
        }
    }
    return outcome;
}

// Checks a place that was never looked at, and moves it over what was deleted below the start
// offset.
Result<SegmentLease> Reader::enter_group(const Lane& lane, LanePlace& place) {
    const Group* group = lane.groups().find(place.group);
    if (group == nullptr || place.segment.value() < 0) {
        return fail(ErrorCode::offset_out_of_range, "group", lane.groups().first().value(),
                    place.group.value());
    }
    Segment* segment = group->find(place.segment);
    if (segment == nullptr && place.position > 0) {
        return fail(ErrorCode::invalid_argument, "segment", group->segment_count(),
                    place.segment.value());
    }
    if (place.position > 0) {
        const std::uint32_t head_bytes = segment->head_bytes();
        if (place.position > head_bytes) {
            return fail(ErrorCode::invalid_argument, "position", head_bytes, place.position);
        }
        SegmentLease lease(*segment);
        const std::byte* bytes = segment->bytes();
        if (place.position < head_bytes && bytes == nullptr) {
            return lease;
        }
        if (place.position < head_bytes && !starts_chunk(bytes, place, head_bytes)) {
            return fail(ErrorCode::invalid_argument, "position", head_bytes, place.position);
        }
    }
    const Offset start = streamlet_.start_offset();
    if (group->first_offset() < start) {
        LanePlace kept;
        KERA_TRY_ASSIGN(const Stand stand, seek(lane, start, kept));
        Segment* first_kept = find_segment(lane, kept);
        if (stand == Stand::needs_load && first_kept != nullptr) {
            return SegmentLease(*first_kept);
        }
        if (kept.group > place.group) {
            kept = {.group = place.group,
                    .segment = SegmentId(static_cast<std::int32_t>(group->segment_count()))};
        }
        if (kept.segment > place.segment ||
            (kept.segment == place.segment && kept.position > place.position)) {
            place = kept;
        }
    }
    return SegmentLease();
}

}  // namespace kera
