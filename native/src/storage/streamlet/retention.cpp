// Limits by age and by size over the groups of all lanes. See retention.hpp. Any thread, within its
// grace period.
#include "storage/streamlet/retention.hpp"

#include <algorithm>
#include <vector>

namespace kera {

namespace {

bool is_expired(const GroupInfo& group, const Retention& retention, std::int64_t now_ms) noexcept {
    return retention.age_ms_max >= 0 && group.first_offset != kNoOffset &&
           group.max_timestamp_ms < now_ms - retention.age_ms_max;
}

// Everything below the first group that is still young, of any lane.
Offset start_by_age(const std::vector<GroupInfo>& groups, const Retention& retention,
                    std::int64_t now_ms, Offset head) noexcept {
    Offset start = head;
    for (const GroupInfo& group : groups) {
        const bool goes = group.state == GroupState::closed && is_expired(group, retention, now_ms);
        if (!goes && group.first_offset != kNoOffset) {
            start = std::min(start, group.first_offset);
        }
    }
    return start;
}

// What remains for sure above a start: groups that begin at or above it. Groups of other lanes that
// reach across it are kept too, but not counted, so that readers find at least the limit.
Offset start_by_size(const std::vector<GroupInfo>& groups, const Retention& retention,
                     Offset start) {
    std::vector<GroupInfo> by_end = groups;
    std::vector<GroupInfo> by_first = groups;
    std::sort(by_end.begin(), by_end.end(), [](const GroupInfo& left, const GroupInfo& right) {
        return left.end_offset < right.end_offset;
    });
    std::sort(by_first.begin(), by_first.end(), [](const GroupInfo& left, const GroupInfo& right) {
        return left.first_offset < right.first_offset;
    });
    std::int64_t left_bytes = 0;
    for (const GroupInfo& group : groups) {
        left_bytes += group.bytes;
    }
    auto below = by_first.begin();
    for (const GroupInfo& group : by_end) {
        if (group.state != GroupState::closed) {
            continue;
        }
        while (below != by_first.end() && below->first_offset < group.end_offset) {
            left_bytes -= below->bytes;
            ++below;
        }
        if (left_bytes < retention.bytes_max) {
            break;
        }
        start = std::max(start, group.end_offset);
    }
    return start;
}

}  // namespace

Segment* close_expired_group(const Streamlet& streamlet, Lane& lane, std::int64_t now_ms) {
    const GroupDirectory& groups = lane.groups();
    if (groups.empty()) {
        return nullptr;
    }
    const Group* last = groups.find(GroupId(groups.end().value() - 1));
    if (last->is_closed() || !is_expired(last->info(), streamlet.retention(), now_ms)) {
        return nullptr;
    }
    return lane.close_group();
}

Offset retained_from(Streamlet& streamlet, std::int64_t now_ms) {
    const Retention retention = streamlet.retention();
    Offset start = streamlet.start_offset();
    if (retention.age_ms_max < 0 && retention.bytes_max < 0) {
        return start;
    }
    const Offset head = streamlet.readable_head();
    std::vector<GroupInfo> groups;
    streamlet.groups(groups);
    if (retention.age_ms_max >= 0) {
        start = std::max(start, start_by_age(groups, retention, now_ms, head));
    }
    if (retention.bytes_max >= 0) {
        start = std::max(start, start_by_size(groups, retention, start));
    }
    return std::min(start, head);
}

}  // namespace kera
