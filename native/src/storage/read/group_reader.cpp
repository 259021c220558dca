// Reads a group: one lane's chunks in their order, for readers that need no order across lanes. See
// reader.hpp. Any thread, within its grace period. The position comes from a peer and is checked
// before the first step.
#include "storage/read/reader.hpp"

#include <algorithm>

namespace kera {

Result<ReadOutcome> Reader::read_group(GroupPosition& at, std::uint32_t bytes_max, SpanList& out) {
    out.clear();
    bytes_max = std::min(bytes_max, kReadBytesMax);
    if (at.lane.value() >= streamlet_.lane_count()) {
        return fail(ErrorCode::invalid_argument, "lane", streamlet_.lane_count(), at.lane.value());
    }
    const Lane& lane = streamlet_.lane(at.lane);
    const Offset head = streamlet_.readable_head();
    LanePosition& here = at.in_lane;
    ReadOutcome outcome;
    KERA_TRY_ASSIGN(outcome.needs_load, enter_group(lane, here));
    while (!outcome.needs_load && !out.full() && (out.empty() || outcome.bytes < bytes_max)) {
        const Group* group = lane.groups().find(here.group);
        if (group == nullptr) {
            break;
        }
        const bool group_is_closed = group->is_closed();
        Segment* segment = group->find(here.segment);
        if (segment == nullptr) {
            outcome.end_of_group = group_is_closed;
            break;
        }
        const bool segment_is_closed = segment->is_closed();
        if (here.position >= segment->head_bytes()) {
            if (!segment_is_closed) {
                break;
            }
            here = LanePosition{.group = here.group, .segment = here.segment.next()};
            continue;
        }
        const std::uint32_t before = outcome.bytes;
        KERA_TRY_ASSIGN(const bool in_memory,
                        take_run(*segment, here, head, bytes_max - outcome.bytes, out, outcome));
        if (!in_memory && out.empty()) {
            outcome.needs_load = SegmentLease(*segment);
        }
        if (outcome.bytes == before) {
            break;
        }
    }
    return outcome;
}

// Checks a position that was not checked before, and moves it over what was deleted below the start
// offset.
Result<SegmentLease> Reader::enter_group(const Lane& lane, LanePosition& here) {
    const Group* group = lane.groups().find(here.group);
    if (group == nullptr || here.segment.value() < 0) {
        return fail(ErrorCode::offset_out_of_range, "group", lane.groups().first().value(),
                    here.group.value());
    }
    Segment* segment = group->find(here.segment);
    if (segment == nullptr && here.position > 0) {
        return fail(ErrorCode::invalid_argument, "segment", group->segment_count(),
                    here.segment.value());
    }
    if (here.position > 0) {
        const std::uint32_t head_bytes = segment->head_bytes();
        if (here.position > head_bytes) {
            return fail(ErrorCode::invalid_argument, "position", head_bytes, here.position);
        }
        SegmentLease lease(*segment);
        const std::byte* bytes = segment->bytes();
        if (here.position < head_bytes && bytes == nullptr) {
            return lease;
        }
        if (here.position < head_bytes && !starts_chunk(bytes, here, head_bytes)) {
            return fail(ErrorCode::invalid_argument, "position", head_bytes, here.position);
        }
    }
    const Offset start = streamlet_.start_offset();
    if (group->first_offset() < start) {
        LanePosition kept;
        KERA_TRY_ASSIGN(const PositionState state, seek(lane, start, kept));
        Segment* first_kept = find_segment(lane, kept);
        if (state == PositionState::needs_load && first_kept != nullptr) {
            return SegmentLease(*first_kept);
        }
        if (kept.group > here.group) {
            kept = {.group = here.group,
                    .segment = SegmentId(static_cast<std::int32_t>(group->segment_count()))};
        }
        if (kept.segment > here.segment ||
            (kept.segment == here.segment && kept.position > here.position)) {
            here = kept;
        }
    }
    return SegmentLease();
}

}  // namespace kera
