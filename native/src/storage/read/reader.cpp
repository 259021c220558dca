// Reading in offset order: of the lanes' next chunks the one with the lowest offset is next. See
// reader.hpp; whole groups are in group_reader.cpp. Any thread, within its grace period.
#include "storage/read/reader.hpp"

#include <algorithm>

namespace kera {

Result<ReadOutcome> Reader::read(Cursor& cursor, Offset from, std::uint32_t bytes_max,
                                 SpanList& out) {
    out.clear();
    bytes_max = std::min(bytes_max, kReadBytesMax);
    ReadOutcome outcome;
    outcome.next_offset = from;
    // This comes first: chunks below this head are found in the lanes, even when those are read
    // much later.
    const Offset head = streamlet_.readable_head();
    KERA_TRY(check_range(from));
    if (from >= head) {
        return outcome;
    }
    KERA_TRY_ASSIGN(outcome.needs_load, seek_lanes(cursor, from));
    while (!outcome.needs_load && !out.full() && (out.empty() || outcome.bytes < bytes_max)) {
        KERA_TRY_ASSIGN(const NextLane next, next_lane(cursor, head));
        LanePosition& at = cursor.positions_[next.lane];
        Segment* segment = find_segment(streamlet_.lane(LaneId(next.lane)), at);
        if (next.state == PositionState::end) {
            // Everything below the head was read. What is missing was lost in a crash.
            outcome.next_offset = std::max(outcome.next_offset, head);
            break;
        }
        if (next.state == PositionState::gone || segment == nullptr) {
            // Dropped since the cursor was made: either the start has moved past us, or the
            // position is searched again.
            cursor.lanes_sought_ = 0;
            if (!out.empty()) {
                break;
            }
            KERA_TRY(check_range(from));
            KERA_TRY_ASSIGN(outcome.needs_load, seek_lanes(cursor, from));
            continue;
        }
        const std::uint32_t before = outcome.bytes;
        const std::uint32_t left = bytes_max - std::min(bytes_max, outcome.bytes);
        bool in_memory = next.state == PositionState::chunk;
        if (in_memory) {
            KERA_TRY_ASSIGN(in_memory, take_run(*segment, at, next.limit, left, out, outcome));
        }
        if (!in_memory && out.empty()) {
            outcome.needs_load = SegmentLease(*segment);
        }
        if (outcome.bytes == before) {
            break;
        }
    }
    cursor.next_offset_ = outcome.next_offset;
    return outcome;
}

Result<void> Reader::check_range(Offset from) const {
    const Offset start = streamlet_.start_offset();
    if (from < start) {
        return fail(ErrorCode::offset_out_of_range, "offset_before_start", start.value(),
                    from.value());
    }
    const Offset next = streamlet_.next_offset();
    if (from > next) {
        return fail(ErrorCode::offset_out_of_range, "offset_after_end", next.value(), from.value());
    }
    return {};
}

Result<SegmentLease> Reader::seek_lanes(Cursor& cursor, Offset from) {
    const std::uint16_t lane_count = streamlet_.lane_count();
    if (cursor.next_offset_ != from) {
        cursor.next_offset_ = from;
        cursor.lanes_sought_ = 0;
    }
    cursor.positions_.resize(lane_count);
    while (cursor.lanes_sought_ < lane_count) {
        const Lane& lane =
            streamlet_.lane(LaneId(static_cast<std::uint16_t>(cursor.lanes_sought_)));
        LanePosition& at = cursor.positions_[cursor.lanes_sought_];
        if (lane_count > 1 || !accept_position(lane, cursor.wire_, from, at)) {
            KERA_TRY_ASSIGN(const PositionState state, seek(lane, from, at));
            Segment* segment = find_segment(lane, at);
            if (state == PositionState::needs_load && segment != nullptr) {
                return SegmentLease(*segment);
            }
            if (state == PositionState::gone || state == PositionState::needs_load) {
                // Dropped between two loads. The next load finds the first group that is left.
                KERA_TRY(check_range(from));
                continue;
            }
        }
        ++cursor.lanes_sought_;
    }
    return SegmentLease();
}

Result<Reader::NextLane> Reader::next_lane(Cursor& cursor, Offset head) {
    NextLane next{.lane = 0, .limit = head, .state = PositionState::end};
    Offset least = head;
    for (std::size_t lane = 0; lane < cursor.positions_.size(); ++lane) {
        const LaneId id(static_cast<std::uint16_t>(lane));
        LanePosition& at = cursor.positions_[lane];
        KERA_TRY_ASSIGN(const PositionState state, skip_to_chunk(streamlet_.lane(id), at));
        if (state == PositionState::gone || state == PositionState::needs_load) {
            return NextLane{.lane = id.value(), .limit = head, .state = state};
        }
        if (state == PositionState::end || at.base_offset >= next.limit) {
            continue;
        }
        if (at.base_offset < least) {
            next.limit = least;
            next.lane = id.value();
            next.state = PositionState::chunk;
            least = at.base_offset;
        } else {
            next.limit = at.base_offset;
        }
    }
    return next;
}

Result<bool> Reader::take_run(Segment& segment, LanePosition& at, Offset limit,
                              std::uint32_t bytes_max, SpanList& out, ReadOutcome& outcome) {
    SegmentLease lease(segment);
    const std::byte* bytes = segment.bytes();
    if (bytes == nullptr) {
        return false;
    }
    KERA_TRY_ASSIGN(const Run run,
                    scan_run(segment, bytes, at.position, limit, bytes_max, out.empty()));
    if (segment.is_on_disk()) {
        streamlet_.memory().note_read(segment);
    }
    const std::uint32_t taken = run.end_position - at.position;
    if (taken > 0) {
        out.add(std::move(lease), bytes + at.position, taken);
        outcome.bytes += taken;
        outcome.next_offset = run.end_offset;
        at.position = run.end_position;
    }
    at.base_offset = run.next_base_offset;
    return true;
}

}  // namespace kera
