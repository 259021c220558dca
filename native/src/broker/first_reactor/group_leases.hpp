// Exclusive reading: readers that share a name divide the groups of a streamlet. Each group, the
// oldest first, is lent to one connection at a time; the next one continues where the last stopped.
// One thread; no clock, no transport: the caller says when a connection is gone and which groups
// exist. Invariants: a group has at most one lease per reader; a finished group is never lent to it
// again.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "wire/frame/levels.hpp"

namespace kera {

using GroupLeaseId = StrongId<struct GroupLeaseIdTag, std::int64_t>;

struct GroupLeaseLimits {
    std::uint32_t readers_max = 4'096;  // names with progress, over all streamlets
    std::uint32_t leases_max = 65'536;
    std::uint32_t leases_per_connection_max = 1'024;
    std::uint32_t reader_name_bytes_max = 255;
};

// A group of the streamlet that readers may lease.
struct LeasableGroup {
    LaneId lane;
    GroupId group;
    bool closed = false;
    // Where its first chunk is.
    SegmentId first_segment;
    std::int32_t first_position = 0;
};

struct GroupLease {
    GroupLeaseId id;
    WireCursor cursor;  // where to begin
};

// Which group a lease is for.
struct LeasedGroup {
    StreamId stream;
    StreamletId streamlet;
    LaneId lane;
    GroupId group;
};

struct GroupReturn {
    // Where the next reader begins. Unless known(): where this one began.
    WireCursor cursor;
    // Nothing is left to read. It counts only in a closed group, since an open one still grows.
    bool done = false;
    // Whether the group is closed now.
    bool closed = false;
};

class GroupLeases {
  public:
    explicit GroupLeases(GroupLeaseLimits limits = {}) noexcept : limits_(limits) {}
    GroupLeases(const GroupLeases&) = delete;
    GroupLeases& operator=(const GroupLeases&) = delete;

    // Nothing when no group is free. `groups` are all groups of the streamlet, the oldest first,
    // those of one lane with ascending ids. A group that is not listed is gone, and so are its
    // leases.
    Result<std::optional<GroupLease>> acquire(StreamId stream, StreamletId streamlet,
                                              std::string_view reader, ConnectionId connection,
                                              std::span<const LeasableGroup> groups);

    // lease_lost when the lease is not this connection's, or when its group is gone.
    Result<void> release(GroupLeaseId lease, ConnectionId connection, const GroupReturn& returned);

    // The connection is gone. Its groups are free again, from where it took them.
    void release_all(ConnectionId connection);

    bool still_held(GroupLeaseId lease, ConnectionId connection) const {
        return find(lease, connection).has_value();
    }
    std::optional<LeasedGroup> find(GroupLeaseId lease, ConnectionId connection) const;

    // Retention has deleted groups of a streamlet; `groups` as in acquire().
    void trim(StreamId stream, StreamletId streamlet, std::span<const LeasableGroup> groups);
    void forget_stream(StreamId stream);

    std::size_t readers() const noexcept { return readers_.size(); }
    std::size_t leases() const noexcept { return leases_.size(); }

  private:
    struct ReaderKey {
        StreamId stream;
        StreamletId streamlet;
        std::string name;
        friend auto operator<=>(const ReaderKey&, const ReaderKey&) = default;
    };
    struct GroupKey {
        LaneId lane;
        GroupId group;
        friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
    };
    enum class ReadState : std::uint8_t { leased, paused, finished };
    struct GroupReading {
        ReadState state = ReadState::leased;
        GroupLeaseId lease;  // while leased
        WireCursor cursor;   // where the next reader begins
        bool closed = false;
    };
    // Only of groups that a reader has begun.
    using Progress = std::map<GroupKey, GroupReading>;
    using Readers = std::map<ReaderKey, Progress>;
    struct Holding {
        ConnectionId connection;
        Readers::iterator reader;
        GroupKey key;
    };

    Result<void> check_room(ConnectionId connection, bool new_reader) const;
    GroupLease lend(Readers::iterator reader, const LeasableGroup& group, ConnectionId connection);
    void end_lease(GroupLeaseId lease);
    void drop_progress(Readers::iterator reader, std::span<const LeasableGroup> groups);
    Readers::iterator drop_reader(Readers::iterator reader);

    const GroupLeaseLimits limits_;
    Readers readers_;
    std::unordered_map<GroupLeaseId, Holding> leases_;
    std::unordered_map<ConnectionId, std::vector<GroupLeaseId>> of_connection_;
    GroupLeaseId next_lease_{1};
};

}  // namespace kera
