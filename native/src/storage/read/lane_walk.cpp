// Steps, runs and searches. See lane_walk.hpp. Any thread. The order of loads matters: a segment's
// state before its head, a group's state before its count; when one says closed, the other is
// final.
#include "storage/read/lane_walk.hpp"

#include <algorithm>

namespace kera {

namespace {

// Whether `group` begins at or below `offset`. An empty group whose files were lost does not say:
// the next non-empty group below it decides.
bool starts_at_or_below(const GroupDirectory& groups, std::int32_t group, std::int32_t lowest,
                        Offset offset) noexcept {
    for (std::int32_t id = group; id >= lowest; --id) {
        const Group* found = groups.find(GroupId(id));
        // It was dropped meanwhile, so it lies below every offset that may still be read.
        if (found == nullptr) {
            return true;
        }
        const Offset first = found->first_offset();
        if (first != kNoOffset) {
            return first <= offset;
        }
        if (!found->is_closed()) {
            return false;
        }
    }
    return true;
}

// The last group that starts at or below `offset`; the first one when none does.
Group* group_for(const GroupDirectory& groups, Offset offset) noexcept {
    std::int32_t low = groups.first().value();
    std::int32_t high = groups.end().value();
    while (low < high) {
        const std::int32_t middle = low + (high - low) / 2;
        if (starts_at_or_below(groups, middle, low, offset)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (std::int32_t id = low - 1; id >= groups.first().value(); --id) {
        Group* group = groups.find(GroupId(id));
        if (group != nullptr && group->first_offset() != kNoOffset) {
            return group;
        }
    }
    return groups.find(groups.first());
}

// The last segment of the group that starts at or below `offset`; the first one when none does.
SegmentId segment_for(const Group& group, Offset offset) noexcept {
    std::uint32_t chosen = 0;
    const std::uint32_t count = group.segment_count();
    for (std::uint32_t i = 0; i < count; ++i) {
        const Offset first = group.find(SegmentId(static_cast<std::int32_t>(i)))->first_offset();
        if (first != kNoOffset && first <= offset) {
            chosen = i;
        }
    }
    return SegmentId(static_cast<std::int32_t>(chosen));
}

}  // namespace

Result<ChunkView> chunk_at(const std::byte* bytes, std::uint32_t position,
                           std::uint32_t head_bytes) {
    const std::uint32_t left = head_bytes - position;
    if (left >= kChunkHeaderBytes) [[likely]] {
        const ChunkView chunk(bytes + position);
        const std::uint32_t length = chunk.chunk_bytes();
        if (length >= kChunkHeaderBytes && length <= left && length % kChunkAlignment == 0)
            [[likely]] {
            return chunk;
        }
    }
    return fail(ErrorCode::corrupt, "chunk_position", head_bytes, position);
}

Segment* find_segment(const Lane& lane, const LanePosition& at) noexcept {
    const Group* group = lane.groups().find(at.group);
    return group == nullptr ? nullptr : group->find(at.segment);
}

Result<PositionState> skip_to_chunk(const Lane& lane, LanePosition& at) {
    if (!at.known()) {
        if (lane.groups().empty()) {
            return PositionState::end;
        }
        at = LanePosition{.group = lane.groups().first()};
    }
    while (true) {
        const Group* group = lane.groups().find(at.group);
        if (group == nullptr) {
            return at.group < lane.groups().first() ? PositionState::gone : PositionState::end;
        }
        const bool group_is_closed = group->is_closed();
        Segment* segment = group->find(at.segment);
        if (segment == nullptr) {
            if (!group_is_closed) {
                return PositionState::end;
            }
            if (lane.groups().end() <= at.group.next()) {
                return PositionState::end;
            }
            at = LanePosition{.group = at.group.next()};
            continue;
        }
        const bool segment_is_closed = segment->is_closed();
        const std::uint32_t head_bytes = segment->head_bytes();
        if (at.position < head_bytes) {
            if (at.base_offset != kNoOffset) {
                return PositionState::chunk;
            }
            if (at.position == 0) {
                at.base_offset = segment->first_offset();
                return at.base_offset == kNoOffset ? PositionState::end : PositionState::chunk;
            }
            const SegmentLease lease(*segment);
            const std::byte* bytes = segment->bytes();
            if (bytes == nullptr) {
                return PositionState::needs_load;
            }
            KERA_TRY_ASSIGN(const ChunkView chunk, chunk_at(bytes, at.position, head_bytes));
            at.base_offset = chunk.base_offset();
            return PositionState::chunk;
        }
        if (!segment_is_closed) {
            return PositionState::end;
        }
        at.segment = at.segment.next();
        at.position = 0;
        at.base_offset = kNoOffset;
    }
}

Result<PositionState> seek(const Lane& lane, Offset offset, LanePosition& at) {
    const Group* group = group_for(lane.groups(), offset);
    if (group == nullptr) {
        at = LanePosition{};
        return PositionState::end;
    }
    at = LanePosition{.group = group->id(), .segment = segment_for(*group, offset)};
    Segment* segment = group->find(at.segment);
    if (segment == nullptr || segment->first_offset() == kNoOffset ||
        segment->first_offset() >= offset) {
        return skip_to_chunk(lane, at);
    }
    const bool is_closed = segment->is_closed();
    const std::uint32_t head_bytes = segment->head_bytes();
    if (is_closed && segment->end_offset() <= offset) {
        at.position = head_bytes;
        return skip_to_chunk(lane, at);
    }
    const SegmentLease lease(*segment);
    const std::byte* bytes = segment->bytes();
    if (bytes == nullptr) {
        return PositionState::needs_load;
    }
    at.position = segment->index()
                      .last([&](const IndexEntry& entry) { return entry.offset <= offset; })
                      .position;
    while (at.position < head_bytes) {
        KERA_TRY_ASSIGN(const ChunkView chunk, chunk_at(bytes, at.position, head_bytes));
        if (chunk.end_offset() > offset) {
            at.base_offset = chunk.base_offset();
            return PositionState::chunk;
        }
        at.position += chunk.chunk_bytes();
    }
    return skip_to_chunk(lane, at);
}

bool starts_chunk(const std::byte* bytes, const LanePosition& at, std::uint32_t head_bytes) {
    if (at.position % kChunkAlignment != 0) {
        return false;
    }
    const Result<ChunkView> chunk = chunk_at(bytes, at.position, head_bytes);
    if (!chunk.ok()) {
        return false;
    }
    const ChunkPlace written = chunk->place();
    return static_cast<std::uint32_t>(written.position) == at.position &&
           written.segment == at.segment && written.group == at.group;
}

bool accept_position(const Lane& lane, const WireCursor& claimed, Offset offset, LanePosition& at) {
    if (claimed.lane != lane.id().value() || claimed.position < 0) {
        return false;
    }
    const LanePosition here{.group = GroupId(claimed.group),
                            .segment = SegmentId(claimed.segment),
                            .position = static_cast<std::uint32_t>(claimed.position)};
    Segment* segment = find_segment(lane, here);
    if (segment == nullptr) {
        return false;
    }
    const std::uint32_t head_bytes = segment->head_bytes();
    if (here.position >= head_bytes) {
        // The end of what was published when the cursor was made, and still the end.
        if (here.position > head_bytes || segment->end_offset() != offset) {
            return false;
        }
        at = here;
        return true;
    }
    const SegmentLease lease(*segment);
    const std::byte* bytes = segment->bytes();
    if (bytes == nullptr) {
        return false;
    }
    if (!starts_chunk(bytes, here, head_bytes) ||
        ChunkView(bytes + here.position).base_offset() != offset) {
        return false;
    }
    at = here;
    at.base_offset = offset;
    return true;
}

Result<Run> scan_run(const Segment& segment, const std::byte* bytes, std::uint32_t position,
                     Offset limit, std::uint64_t bytes_max, bool at_least_one) {
    const std::uint32_t head_bytes = segment.head_bytes();
    const std::uint64_t end_max = std::uint64_t{position} + bytes_max;
    Run run{.end_position = position, .end_offset = kNoOffset, .next_base_offset = kNoOffset};
    // The index skips over most chunks. Only the last 64 KiB are walked chunk by chunk.
    const IndexEntry leap = segment.index().last([&](const IndexEntry& entry) {
        return entry.position <= end_max && entry.offset <= limit && entry.position <= head_bytes;
    });
    if (leap.position > position) {
        run = {leap.position, leap.offset, kNoOffset};
        at_least_one = false;
    }
    while (run.end_position < head_bytes) {
        KERA_TRY_ASSIGN(const ChunkView chunk, chunk_at(bytes, run.end_position, head_bytes));
        const Offset base_offset = chunk.base_offset();
        const std::uint32_t end = run.end_position + chunk.chunk_bytes();
        if (base_offset >= limit || (end > end_max && !at_least_one)) {
            run.next_base_offset = base_offset;
            return run;
        }
        run.end_position = end;
        run.end_offset = chunk.end_offset();
        at_least_one = false;
    }
    return run;
}

}  // namespace kera
