#include "broker/first_reactor/group_leases.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace kera {
namespace {

WireCursor begin_of(const LeasableGroup& group) noexcept {
    return {.lane = group.lane.value(),
            .group = group.group.value(),
            .segment = group.first_segment.value(),
            .position = group.first_position};
}

// Retention deletes the oldest groups of a lane first, so one number for each lane says which
// groups are left.
std::map<LaneId, GroupId> oldest_by_lane(std::span<const LeasableGroup> groups) {
    std::map<LaneId, GroupId> oldest;
    for (const LeasableGroup& one : groups) {
        oldest.try_emplace(one.lane, one.group);
    }
    return oldest;
}

}  // namespace

Result<std::optional<GroupLease>> GroupLeases::acquire(StreamId stream, StreamletId streamlet,
                                                       std::string_view reader,
                                                       ConnectionId connection,
                                                       std::span<const LeasableGroup> groups) {
    if (reader.empty() || reader.size() > limits_.reader_name_bytes_max) {
        return fail(ErrorCode::invalid_argument, "reader_name_bytes", limits_.reader_name_bytes_max,
                    static_cast<std::int64_t>(reader.size()));
    }
    ReaderKey name{stream, streamlet, std::string(reader)};
    auto known = readers_.find(name);
    if (known != readers_.end()) {
        drop_progress(known, groups);
    }
    const auto free = std::ranges::find_if(groups, [&](const LeasableGroup& one) {
        if (known == readers_.end()) {
            return true;
        }
        const auto reading = known->second.find({one.lane, one.group});
        return reading == known->second.end() || reading->second.state == ReadState::paused;
    });
    const bool new_reader = known == readers_.end();
    if (free == groups.end()) {
        if (!new_reader && known->second.empty()) {
            drop_reader(known);
        }
        return std::optional<GroupLease>();
    }
    KERA_TRY(check_room(connection, new_reader));
    if (new_reader) {
        known = readers_.try_emplace(std::move(name)).first;
    }
    return std::optional(lend(known, *free, connection));
}

Result<void> GroupLeases::check_room(ConnectionId connection, bool new_reader) const {
    if (new_reader && readers_.size() >= limits_.readers_max) {
        return fail(ErrorCode::limit_exceeded, "group_readers", limits_.readers_max,
                    static_cast<std::int64_t>(readers_.size()));
    }
    if (leases_.size() >= limits_.leases_max) {
        return fail(ErrorCode::limit_exceeded, "group_leases", limits_.leases_max,
                    static_cast<std::int64_t>(leases_.size()));
    }
    const auto held = of_connection_.find(connection);
    if (held != of_connection_.end() && held->second.size() >= limits_.leases_per_connection_max) {
        return fail(ErrorCode::limit_exceeded, "connection_group_leases",
                    limits_.leases_per_connection_max,
                    static_cast<std::int64_t>(held->second.size()));
    }
    return {};
}

GroupLease GroupLeases::lend(Readers::iterator reader, const LeasableGroup& group,
                             ConnectionId connection) {
    const GroupKey key{group.lane, group.group};
    const auto [entry, fresh] = reader->second.try_emplace(key);
    GroupReading& reading = entry->second;
    if (fresh) {
        reading.cursor = begin_of(group);
    }
    reading.state = ReadState::leased;
    reading.lease = next_lease_;
    reading.closed = group.closed;
    next_lease_ = next_lease_.next();
    leases_.emplace(reading.lease, Holding{connection, reader, key});
    of_connection_[connection].push_back(reading.lease);
    return {reading.lease, reading.cursor};
}

Result<void> GroupLeases::release(GroupLeaseId lease, ConnectionId connection,
                                  const GroupReturn& returned) {
    const auto found = leases_.find(lease);
    if (found == leases_.end() || found->second.connection != connection) {
        return fail(ErrorCode::lease_lost, "group_lease", 0, lease.value());
    }
    const Holding& holding = found->second;
    const bool moved = returned.cursor.known();
    if (moved && returned.cursor.lane != holding.key.lane.value()) {
        return fail(ErrorCode::invalid_argument, "cursor_lane", holding.key.lane.value(),
                    returned.cursor.lane);
    }
    if (moved && returned.cursor.group != holding.key.group.value()) {
        return fail(ErrorCode::invalid_argument, "cursor_group", holding.key.group.value(),
                    returned.cursor.group);
    }
    GroupReading& reading = holding.reader->second.at(holding.key);
    if (moved) {
        reading.cursor = returned.cursor;
    }
    const bool complete = returned.done && (returned.closed || reading.closed);
    reading.state = complete ? ReadState::finished : ReadState::paused;
    end_lease(lease);
    return {};
}

void GroupLeases::release_all(ConnectionId connection) {
    const auto held = of_connection_.find(connection);
    if (held == of_connection_.end()) {
        return;
    }
    for (const GroupLeaseId lease : held->second) {
        const auto found = leases_.find(lease);
        KERA_ASSERT(found != leases_.end(), lease);
        const Holding& holding = found->second;
        holding.reader->second.at(holding.key).state = ReadState::paused;
        leases_.erase(found);
    }
    of_connection_.erase(held);
}

std::optional<LeasedGroup> GroupLeases::find(GroupLeaseId lease, ConnectionId connection) const {
    const auto found = leases_.find(lease);
    if (found == leases_.end() || found->second.connection != connection) {
        return std::nullopt;
    }
    const Holding& holding = found->second;
    const ReaderKey& reader = holding.reader->first;
    return LeasedGroup{reader.stream, reader.streamlet, holding.key.lane, holding.key.group};
}

void GroupLeases::end_lease(GroupLeaseId lease) {
    const auto found = leases_.find(lease);
    KERA_ASSERT(found != leases_.end(), lease);
    const auto held = of_connection_.find(found->second.connection);
    KERA_ASSERT(held != of_connection_.end(), lease);
    std::erase(held->second, lease);
    if (held->second.empty()) {
        of_connection_.erase(held);
    }
    leases_.erase(found);
}

void GroupLeases::drop_progress(Readers::iterator reader, std::span<const LeasableGroup> groups) {
    const std::map<LaneId, GroupId> oldest = oldest_by_lane(groups);
    std::erase_if(reader->second, [&](const Progress::value_type& one) {
        const auto lane = oldest.find(one.first.lane);
        const bool kept = lane != oldest.end() && one.first.group >= lane->second;
        if (!kept && one.second.state == ReadState::leased) {
            end_lease(one.second.lease);
        }
        return !kept;
    });
}

GroupLeases::Readers::iterator GroupLeases::drop_reader(Readers::iterator reader) {
    for (const auto& [key, reading] : reader->second) {
        if (reading.state == ReadState::leased) {
            end_lease(reading.lease);
        }
    }
    return readers_.erase(reader);
}

void GroupLeases::trim(StreamId stream, StreamletId streamlet,
                       std::span<const LeasableGroup> groups) {
    auto reader = readers_.lower_bound({stream, streamlet, {}});
    while (reader != readers_.end() && reader->first.stream == stream &&
           reader->first.streamlet == streamlet) {
        drop_progress(reader, groups);
        reader = reader->second.empty() ? drop_reader(reader) : std::next(reader);
    }
}

void GroupLeases::forget_stream(StreamId stream) {
    auto reader = readers_.lower_bound({stream, StreamletId(INT32_MIN), {}});
    while (reader != readers_.end() && reader->first.stream == stream) {
        reader = drop_reader(reader);
    }
}

}  // namespace kera
