#include "broker/first_reactor/group_leases.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace kera {
namespace {

constexpr StreamId kStream{7};
constexpr StreamletId kStreamlet{2};
constexpr ConnectionId kAnna{1};
constexpr ConnectionId kBen{2};

LeasableGroup group(std::int32_t lane, std::int32_t id, bool closed = true) {
    return {.lane = LaneId(static_cast<std::uint16_t>(lane)),
            .group = GroupId(id),
            .closed = closed,
            .first_segment = SegmentId(0),
            .first_position = 0};
}

WireCursor cursor(std::int32_t lane, std::int32_t id, std::int32_t position = 0) {
    return {.lane = lane, .group = id, .segment = 0, .position = position};
}

class GroupLeasesTest : public testing::Test {
  protected:
    std::optional<GroupLease> acquire(ConnectionId connection, std::string_view reader = "reader") {
        return leases_.acquire(kStream, kStreamlet, reader, connection, groups_).value();
    }
    void finish(const GroupLease& lease, ConnectionId connection) {
        ASSERT_TRUE(
            leases_.release(lease.id, connection, {.cursor = lease.cursor, .done = true}).ok());
    }

    GroupLeases leases_{{.readers_max = 3,
                         .leases_max = 6,
                         .leases_per_connection_max = 4,
                         .reader_name_bytes_max = 16}};
    std::vector<LeasableGroup> groups_{group(0, 0), group(1, 0), group(0, 1, false)};
};

TEST_F(GroupLeasesTest, lends_the_oldest_free_group_once) {
    EXPECT_EQ(acquire(kAnna)->cursor, cursor(0, 0));
    EXPECT_EQ(acquire(kBen)->cursor, cursor(1, 0));
    EXPECT_EQ(acquire(kAnna)->cursor, cursor(0, 1));
    EXPECT_EQ(acquire(kBen), std::nullopt);
}

TEST_F(GroupLeasesTest, begins_where_the_first_chunk_lies) {
    groups_ = {group(4, 9)};
    groups_[0].first_segment = SegmentId(2);
    groups_[0].first_position = 640;
    const WireCursor expected{.lane = 4, .group = 9, .segment = 2, .position = 640};
    EXPECT_EQ(acquire(kAnna)->cursor, expected);
}

TEST_F(GroupLeasesTest, keeps_readers_of_different_names_and_streamlets_apart) {
    EXPECT_EQ(acquire(kAnna, "one")->cursor, cursor(0, 0));
    EXPECT_EQ(acquire(kBen, "two")->cursor, cursor(0, 0));
    const auto elsewhere = leases_.acquire(kStream, StreamletId(3), "one", kBen, groups_);
    EXPECT_EQ(elsewhere.value()->cursor, cursor(0, 0));
}

TEST_F(GroupLeasesTest, never_lends_a_finished_group_again) {
    finish(*acquire(kAnna), kAnna);
    EXPECT_EQ(acquire(kAnna)->cursor, cursor(1, 0));
}

TEST_F(GroupLeasesTest, lets_the_next_reader_continue_at_the_released_cursor) {
    const GroupLease first = *acquire(kAnna);
    ASSERT_TRUE(leases_.release(first.id, kAnna, {.cursor = cursor(0, 0, 4096)}).ok());
    const GroupLease second = *acquire(kBen);
    EXPECT_EQ(second.cursor, cursor(0, 0, 4096));
    EXPECT_NE(second.id, first.id);
    EXPECT_FALSE(leases_.still_held(first.id, kAnna));
    EXPECT_TRUE(leases_.still_held(second.id, kBen));
}

TEST_F(GroupLeasesTest, believes_that_a_group_is_read_to_its_end_only_when_it_is_closed) {
    groups_ = {group(0, 1, false)};
    const GroupLease open = *acquire(kAnna);
    ASSERT_TRUE(leases_.release(open.id, kAnna, {.cursor = cursor(0, 1, 64), .done = true}).ok());
    const GroupLease again = *acquire(kAnna);
    EXPECT_EQ(again.cursor, cursor(0, 1, 64));

    const GroupReturn end{.cursor = cursor(0, 1, 128), .done = true, .closed = true};
    ASSERT_TRUE(leases_.release(again.id, kAnna, end).ok());
    EXPECT_EQ(acquire(kAnna), std::nullopt);
}

TEST_F(GroupLeasesTest, frees_the_groups_of_a_lost_connection_from_where_it_took_them) {
    const GroupLease first = *acquire(kAnna);
    ASSERT_TRUE(leases_.release(first.id, kAnna, {.cursor = cursor(0, 0, 512)}).ok());
    const GroupLease second = *acquire(kAnna);
    const GroupLease other = *acquire(kBen);
    leases_.release_all(kAnna);
    EXPECT_FALSE(leases_.still_held(second.id, kAnna));
    EXPECT_TRUE(leases_.still_held(other.id, kBen));
    EXPECT_EQ(acquire(kBen)->cursor, cursor(0, 0, 512));
    EXPECT_EQ(leases_.leases(), 2U);

    leases_.release_all(kAnna);
    leases_.release_all(ConnectionId(99));
    EXPECT_EQ(leases_.leases(), 2U);
}

TEST_F(GroupLeasesTest, takes_a_group_back_only_from_its_holder_and_only_once) {
    const GroupLease lease = *acquire(kAnna);
    EXPECT_EQ(leases_.release(lease.id, kBen, {}).error().code, ErrorCode::lease_lost);
    EXPECT_EQ(leases_.release(lease.id, kAnna, {.cursor = cursor(1, 0)}).error().code,
              ErrorCode::invalid_argument);
    EXPECT_EQ(leases_.release(lease.id, kAnna, {.cursor = cursor(0, 5)}).error().code,
              ErrorCode::invalid_argument);
    EXPECT_TRUE(leases_.still_held(lease.id, kAnna));
    EXPECT_TRUE(leases_.release(lease.id, kAnna, {}).ok());
    EXPECT_EQ(leases_.release(lease.id, kAnna, {}).error().code, ErrorCode::lease_lost);
    EXPECT_EQ(leases_.release(GroupLeaseId(404), kAnna, {}).error().value, 404);
}

TEST_F(GroupLeasesTest, says_which_group_a_lease_is_about) {
    acquire(kAnna);
    const GroupLease lease = *acquire(kAnna);
    const LeasedGroup leased = leases_.find(lease.id, kAnna).value();
    EXPECT_EQ(leased.stream, kStream);
    EXPECT_EQ(leased.streamlet, kStreamlet);
    EXPECT_EQ(leased.lane, LaneId(1));
    EXPECT_EQ(leased.group, GroupId(0));
    EXPECT_FALSE(leases_.find(lease.id, kBen).has_value());
}

TEST_F(GroupLeasesTest, forgets_groups_that_retention_took) {
    const GroupLease gone = *acquire(kAnna);
    finish(*acquire(kAnna), kAnna);
    groups_.erase(groups_.begin(), groups_.begin() + 2);
    leases_.trim(kStream, kStreamlet, groups_);
    EXPECT_EQ(leases_.leases(), 0U);
    EXPECT_EQ(leases_.release(gone.id, kAnna, {}).error().code, ErrorCode::lease_lost);
    EXPECT_EQ(leases_.readers(), 0U) << "nothing is left to remember of it";
    EXPECT_EQ(acquire(kAnna)->cursor, cursor(0, 1));
}

TEST_F(GroupLeasesTest, notices_while_lending_that_a_leased_group_is_gone) {
    const GroupLease gone = *acquire(kAnna);
    groups_.erase(groups_.begin());
    EXPECT_EQ(acquire(kBen)->cursor, cursor(1, 0));
    EXPECT_FALSE(leases_.still_held(gone.id, kAnna));
    groups_.clear();
    EXPECT_EQ(acquire(kBen), std::nullopt);
    EXPECT_EQ(leases_.leases(), 0U);
    EXPECT_EQ(leases_.readers(), 0U);
}

TEST_F(GroupLeasesTest, trims_only_the_streamlet_that_it_was_told_of) {
    const GroupLease here = *acquire(kAnna);
    const GroupLease there =
        *leases_.acquire(kStream, StreamletId(3), "reader", kAnna, groups_).value();
    leases_.trim(kStream, StreamletId(3), {});
    EXPECT_TRUE(leases_.still_held(here.id, kAnna));
    EXPECT_FALSE(leases_.still_held(there.id, kAnna));
}

TEST_F(GroupLeasesTest, forgets_everything_about_a_deleted_stream) {
    const GroupLease lease = *acquire(kAnna);
    const GroupLease other =
        *leases_.acquire(StreamId(8), kStreamlet, "reader", kAnna, groups_).value();
    leases_.forget_stream(kStream);
    EXPECT_FALSE(leases_.still_held(lease.id, kAnna));
    EXPECT_TRUE(leases_.still_held(other.id, kAnna));
    EXPECT_EQ(leases_.readers(), 1U);
}

TEST_F(GroupLeasesTest, names_the_limit_that_was_reached) {
    for (std::int32_t id = 2; id < 20; ++id) {
        groups_.push_back(group(2, id));
    }
    const auto refused = [&](std::string_view reader, ConnectionId connection) {
        const auto answer = leases_.acquire(kStream, kStreamlet, reader, connection, groups_);
        EXPECT_FALSE(answer.ok());
        return answer.ok() ? Error{} : answer.error();
    };
    EXPECT_EQ(refused("", kAnna).code, ErrorCode::invalid_argument);
    EXPECT_EQ(refused("a name that is too long", kAnna).limit, 16);

    for (const char* reader : {"one", "two", "three"}) {
        ASSERT_TRUE(acquire(kAnna, reader).has_value());
    }
    EXPECT_EQ(std::string(refused("four", kAnna).what), "group_readers");
    ASSERT_TRUE(acquire(kAnna, "one").has_value());
    EXPECT_EQ(std::string(refused("one", kAnna).what), "connection_group_leases");
    ASSERT_TRUE(acquire(kBen, "one").has_value());
    ASSERT_TRUE(acquire(kBen, "one").has_value());
    const Error full = refused("one", kBen);
    EXPECT_EQ(full.code, ErrorCode::limit_exceeded);
    EXPECT_EQ(std::string(full.what), "group_leases");
    EXPECT_EQ(full.limit, 6);
}

// What must hold whatever happens: one holder, nothing twice once finished, no leak.
class GroupLeasesRun {
  public:
    explicit GroupLeasesRun(std::uint64_t seed) : random_(seed) {}

    void step() {
        switch (random_.below(8)) {
            case 0:
                groups_.push_back(group(0, next_group_++));
                break;
            case 1:
                drop_oldest();
                break;
            case 2:
                lose_connection(ConnectionId(random_.between(1, 3)));
                break;
            case 3:
            case 4:
                give_back();
                break;
            default:
                take(ConnectionId(random_.between(1, 3)));
        }
        ASSERT_EQ(leases_.leases(), held_.size());
    }

  private:
    struct Held {
        GroupLeaseId lease;
        ConnectionId connection;
        WireCursor cursor;
    };

    void take(ConnectionId connection) {
        const auto lease =
            leases_.acquire(kStream, kStreamlet, "reader", connection, groups_).value();
        if (!lease) {
            ASSERT_EQ(finished_.size() + held_.size(), groups_.size());
            return;
        }
        const std::int32_t id = lease->cursor.group;
        ASSERT_FALSE(finished_.contains(id));
        for (const Held& other : held_) {
            ASSERT_NE(other.cursor.group, id);
            ASSERT_NE(other.lease, lease->id);
        }
        held_.push_back({lease->id, connection, lease->cursor});
    }

    void give_back() {
        if (held_.empty()) {
            return;
        }
        const auto at = held_.begin() + static_cast<std::ptrdiff_t>(random_.below(held_.size()));
        const bool done = random_.chance(0.5);
        ASSERT_TRUE(
            leases_.release(at->lease, at->connection, {.cursor = at->cursor, .done = done}).ok());
        if (done) {
            finished_.insert(at->cursor.group);
        }
        held_.erase(at);
    }

    void lose_connection(ConnectionId connection) {
        leases_.release_all(connection);
        std::erase_if(held_, [&](const Held& one) { return one.connection == connection; });
    }

    void drop_oldest() {
        if (groups_.empty()) {
            return;
        }
        const std::int32_t gone = groups_.front().group.value();
        groups_.erase(groups_.begin());
        finished_.erase(gone);
        std::erase_if(held_, [&](const Held& one) { return one.cursor.group == gone; });
        leases_.trim(kStream, kStreamlet, groups_);
    }

    Random random_;
    GroupLeases leases_;
    std::vector<LeasableGroup> groups_;
    std::int32_t next_group_ = 0;
    std::vector<Held> held_;
    std::set<std::int32_t> finished_;
};

TEST(GroupLeasesRunTest, keeps_its_promises_under_random_use) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE("seed=" + std::to_string(seed));
        GroupLeasesRun run(seed);
        for (int step = 0; step < 1'000 && !testing::Test::HasFatalFailure(); ++step) {
            run.step();
        }
    }
}

}  // namespace
}  // namespace kera
