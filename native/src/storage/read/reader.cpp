// Offset-order reading: the lanes' next chunks take turns. See reader.hpp; whole groups are in
// group_reader.cpp. Any thread, within its grace period.
#include "storage/read/reader.hpp"

#include <algorithm>

namespace kera {

Result<ReadOutcome> Reader::read(Cursor& cursor, Offset from, std::uint32_t bytes_max,
                                 SpanList& out) {
    out.clear();
    bytes_max = std::min(bytes_max, kReadBytesMax);
    ReadOutcome outcome;
    outcome.next_offset = from;
    // First of all: chunks below this head are found in the lanes, however long ago they were
    // looked at.
    const Offset head = streamlet_.readable_head();
    KERA_TRY(check_range(from));
    if (from >= head) {
        return outcome;
    }
    KERA_TRY_ASSIGN(outcome.needs_load, stand_at(cursor, from));
    while (!outcome.needs_load && !out.full() && (out.empty() || outcome.bytes < bytes_max)) {
        KERA_TRY_ASSIGN(const Turn turn, next_turn(cursor, head));
        LanePlace& place = cursor.places_[turn.lane];
        Segment* segment = find_segment(streamlet_.lane(LaneId(turn.lane)), place);
        if (turn.stand == Stand::end) {
            // All that there is below the head has been read; what is missing was lost in a crash.
            outcome.next_offset = std::max(outcome.next_offset, head);
            break;
        }
        if (turn.stand == Stand::gone || segment == nullptr) {
            // Dropped since the cursor was made: either the start has moved past us, or the place
            // is looked up.
            cursor.lanes_sought_ = 0;
            if (!out.empty()) {
                break;
            }
            KERA_TRY(check_range(from));
            KERA_TRY_ASSIGN(outcome.needs_load, stand_at(cursor, from));
            continue;
        }
        const std::uint32_t before = outcome.bytes;
        const std::uint32_t left = bytes_max - std::min(bytes_max, outcome.bytes);
        bool in_memory = turn.stand == Stand::chunk;
        if (in_memory) {
            KERA_TRY_ASSIGN(in_memory, take_run(*segment, place, turn.limit, left, out, outcome));
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

Result<SegmentLease> Reader::stand_at(Cursor& cursor, Offset from) {
    const std::uint16_t lane_count = streamlet_.lane_count();
    if (cursor.next_offset_ != from) {
        cursor.next_offset_ = from;
        cursor.lanes_sought_ = 0;
    }
    cursor.places_.resize(lane_count);
    while (cursor.lanes_sought_ < lane_count) {
        const Lane& lane =
            streamlet_.lane(LaneId(static_cast<std::uint16_t>(cursor.lanes_sought_)));
        LanePlace& place = cursor.places_[cursor.lanes_sought_];
        if (lane_count > 1 || !accept_place(lane, cursor.wire_, from, place)) {
            KERA_TRY_ASSIGN(const Stand stand, seek(lane, from, place));
            Segment* segment = find_segment(lane, place);
            if (stand == Stand::needs_load && segment != nullptr) {
                return SegmentLease(*segment);
            }
            if (stand == Stand::gone || stand == Stand::needs_load) {
                // Dropped between two looks; the next look finds the first group that is kept.
                KERA_TRY(check_range(from));
                continue;
            }
        }
        ++cursor.lanes_sought_;
    }
    return SegmentLease();
}

Result<Reader::Turn> Reader::next_turn(Cursor& cursor, Offset head) {
    Turn turn{.lane = 0, .limit = head, .stand = Stand::end};
    Offset least = head;
    for (std::size_t lane = 0; lane < cursor.places_.size(); ++lane) {
        const LaneId id(static_cast<std::uint16_t>(lane));
        LanePlace& place = cursor.places_[lane];
        KERA_TRY_ASSIGN(const Stand stand, settle(streamlet_.lane(id), place));
        if (stand == Stand::gone || stand == Stand::needs_load) {
            return Turn{.lane = id.value(), .limit = head, .stand = stand};
        }
        if (stand == Stand::end || place.base_offset >= turn.limit) {
            continue;
        }
        if (place.base_offset < least) {
            turn.limit = least;
            turn.lane = id.value();
            turn.stand = Stand::chunk;
            least = place.base_offset;
        } else {
            turn.limit = place.base_offset;
        }
    }
    return turn;
}

Result<bool> Reader::take_run(Segment& segment, LanePlace& place, Offset limit,
                              std::uint32_t bytes_max, SpanList& out, ReadOutcome& outcome) {
    SegmentLease lease(segment);
    const std::byte* bytes = segment.bytes();
    if (bytes == nullptr) {
        return false;
    }
    KERA_TRY_ASSIGN(const Run run,
                    scan_run(segment, bytes, place.position, limit, bytes_max, out.empty()));
    if (segment.is_on_disk()) {
        streamlet_.memory().note_read(segment);
    }
    const std::uint32_t taken = run.end_position - place.position;
    if (taken > 0) {
        out.add(std::move(lease), bytes + place.position, taken);
        outcome.bytes += taken;
        outcome.next_offset = run.end_offset;
        place.position = run.end_position;
    }
    place.base_offset = run.next_base_offset;
    return true;
}

}  // namespace kera
