#include "storage/read/time_lookup.hpp"

#include <algorithm>

#include "storage/read/lane_walk.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

namespace {

struct Target {
    std::int64_t timestamp_ms;
    Offset start;
    // Offsets from here on are not searched.
    Offset end;
};

// The chunk's greatest timestamp reaches the target. So one of its records does, if they can be
// read one by one.
void find_in_chunk(const ChunkView& chunk, const Target& target, TimeOutcome& found) {
    const ChunkInfo info = chunk.info();
    const bool one_by_one = info.payload_format == PayloadFormat::kera_records &&
                            info.codec() == Codec::plain && !chunk.takes_append_time();
    if (!one_by_one) {
        found.offset = std::max(chunk.base_offset(), target.start);
        found.timestamp_ms = chunk.max_timestamp_ms();
        return;
    }
    bool is_found = false;
    for_each_record(chunk, [&](const RecordView& record, Offset offset) {
        const std::int64_t timestamp_ms = info.first_timestamp_ms + record.timestamp_delta_ms();
        if (!is_found && offset >= target.start && timestamp_ms >= target.timestamp_ms) {
            is_found = true;
            found.offset = offset;
            found.timestamp_ms = timestamp_ms;
        }
    });
}

Result<void> find_in_segment(Segment& segment, const Target& target, TimeOutcome& found) {
    SegmentLease lease(segment);
    const std::byte* bytes = segment.bytes();
    if (bytes == nullptr) {
        found.needs_load = std::move(lease);
        return {};
    }
    const std::uint32_t head_bytes = segment.head_bytes();
    std::uint32_t position = segment.index()
                                 .last([&](const IndexEntry& entry) {
                                     return entry.max_timestamp_before_ms < target.timestamp_ms;
                                 })
                                 .position;
    while (position < head_bytes) {
        KERA_TRY_ASSIGN(const ChunkView chunk, chunk_at(bytes, position, head_bytes));
        if (chunk.base_offset() >= target.end) {
            return {};
        }
        if (chunk.max_timestamp_ms() >= target.timestamp_ms && chunk.end_offset() > target.start) {
            find_in_chunk(chunk, target, found);
            if (found.offset < target.end) {
                return {};
            }
        }
        position += chunk.chunk_bytes();
    }
    return {};
}

Result<void> find_in_lane(const Lane& lane, const Target& target, TimeOutcome& found) {
    const GroupDirectory& groups = lane.groups();
    for (GroupId id = groups.first(); id < groups.end(); id = id.next()) {
        const Group* group = groups.find(id);
        const std::uint32_t count = group == nullptr ? 0 : group->segment_count();
        for (std::uint32_t i = 0; i < count; ++i) {
            Segment* segment = group->find(SegmentId(static_cast<std::int32_t>(i)));
            if (segment->first_offset() == kNoOffset ||
                segment->max_timestamp_ms() < target.timestamp_ms ||
                segment->end_offset() <= target.start) {
                continue;
            }
            if (segment->first_offset() >= target.end) {
                return {};
            }
            KERA_TRY(find_in_segment(*segment, target, found));
            if (found.needs_load || found.offset < target.end) {
                return {};
            }
        }
    }
    return {};
}

}  // namespace

Result<TimeOutcome> find_time(Streamlet& streamlet, std::int64_t timestamp_ms) {
    TimeOutcome found;
    found.offset = streamlet.readable_head();
    const std::uint16_t count = streamlet.lane_count();
    for (std::uint16_t lane = 0; lane < count; ++lane) {
        const Target target{timestamp_ms, streamlet.start_offset(), found.offset};
        KERA_TRY(find_in_lane(streamlet.lane(LaneId(lane)), target, found));
        if (found.needs_load) {
            return found;
        }
    }
    return found;
}

}  // namespace kera
