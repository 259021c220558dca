#include "vlog/journal/journal.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "disk/sim_disk.hpp"
#include "vlog/testing/journal_world.hpp"

namespace kera {
namespace {

class JournalTest : public testing::Test {
  protected:
    JournalTest() { world_.start(); }

    JournalWorld world_{1};
};

TEST_F(JournalTest, becomes_durable_soon_when_somebody_waits) {
    const Position first = world_.append(1000, true);
    const Position second = world_.append(2000, true);
    EXPECT_GT(second, first);
    EXPECT_EQ(world_.journal().durable_position(), Position(0));
    world_.run_until_durable(second);
    EXPECT_EQ(world_.journal().durable_position(), second);
    EXPECT_EQ(world_.journal().counters().syncs, 1);
    EXPECT_LT(world_.clock().now_ns(), 100 * kNanosPerMilli);
}

TEST(JournalBatchTest, gathers_while_a_sync_runs_and_writes_all_of_it_at_once) {
    JournalWorld world(1, 256_KiB);
    world.start();
    world.run_until_durable(world.append(1000, true));
    const std::int64_t before = world.journal().counters().batches;
    world.append(1000, true);
    EXPECT_EQ(world.journal().poll(), 1);
    for (int i = 0; i < 20; ++i) {
        world.append(1000, true);
        EXPECT_EQ(world.journal().poll(), 0);
    }
    world.run_until_durable(world.journal().next_position());
    EXPECT_EQ(world.journal().counters().batches - before, 2);
}

TEST_F(JournalTest, syncs_at_intervals_when_nobody_waits) {
    world_.run_until_durable(world_.append(1000, true));
    const std::int64_t start_ns = world_.clock().now_ns();
    const Position end = world_.append(1000, false);
    EXPECT_EQ(world_.journal().next_deadline_ns(), start_ns + JournalOptions().gather_ns);
    world_.run_until_durable(end);
    EXPECT_GE(world_.clock().now_ns(), start_ns + 200 * kNanosPerMilli);
    EXPECT_LT(world_.clock().now_ns(), start_ns + 220 * kNanosPerMilli);
}

TEST_F(JournalTest, notes_once_that_all_was_stable_and_then_has_nothing_to_do) {
    const Position end = world_.append(1000, true);
    world_.run_until_durable(end);
    EXPECT_LT(world_.journal().next_deadline_ns(), world_.clock().now_ns() + kNanosPerSecond);
    world_.run_for(kNanosPerSecond);
    EXPECT_EQ(world_.journal().next_position() - end,
              static_cast<std::int64_t>(kJournalEntryHeaderBytes + encode_freed({}).size()));
    EXPECT_EQ(world_.journal().next_deadline_ns(), INT64_MAX);
    EXPECT_EQ(world_.journal().poll(), 0);
    EXPECT_TRUE(world_.journal().idle());
}

TEST_F(JournalTest, goes_on_in_new_files_and_finds_all_of_them_again) {
    for (int i = 0; i < 200; ++i) {
        world_.run_until_durable(world_.append(1000 + static_cast<std::uint32_t>(i), true));
    }
    EXPECT_GT(world_.file_count(), 4U);
    const JournalScan scan = world_.scan();
    world_.expect_found(scan);
    EXPECT_EQ(scan.entries.size(), 200U);
    EXPECT_FALSE(scan.torn.has_value());
}

TEST_F(JournalTest, gives_an_entry_larger_than_a_file_one_of_its_own) {
    world_.append(1000, true);
    world_.append(100'000, true);
    world_.run_until_durable(world_.append(1000, true));
    const JournalScan scan = world_.scan();
    world_.expect_found(scan);
    EXPECT_EQ(scan.entries.size(), 3U);
}

TEST_F(JournalTest, uses_files_again_in_which_nothing_is_needed) {
    for (int i = 0; i < 400; ++i) {
        world_.run_until_durable(world_.append(1000, true));
        world_.cut(world_.journal().durable_position());
        world_.run_for(kNanosPerMilli);
    }
    EXPECT_LT(world_.file_count(), 6U);
    EXPECT_GT(world_.highest_file_number(), 10);
    const JournalScan scan = world_.scan();
    EXPECT_TRUE(scan.rotten.empty());
    ASSERT_EQ(scan.freed.all().size(), 1U);
    EXPECT_EQ(scan.freed.all()[0].first, Position(0));
    EXPECT_EQ(scan.end, world_.journal().next_position());
}

TEST_F(JournalTest, gives_up_files_in_any_order_and_their_absence_is_no_loss) {
    std::vector<Position> ends;
    for (int i = 0; i < 120; ++i) {
        ends.push_back(world_.append(1000, true));
        world_.run_until_durable(ends.back());
    }
    world_.forget(ends[30], ends[60]);
    world_.run_for(kNanosPerSecond);
    world_.forget(ends[80], ends[100]);
    world_.run_for(kNanosPerSecond);
    for (int start = 0; start < 3; ++start) {
        const JournalScan scan = world_.begin_again();
        EXPECT_TRUE(scan.rotten.empty());
        EXPECT_EQ(scan.freed.all().size(), 2U);
        EXPECT_LT(scan.entries.size(), 90U);
        EXPECT_GE(scan.entries.size(), 70U);
        EXPECT_EQ(scan.entries.front().position, Position(0));
        world_.run_until_durable(world_.append(1000, true));
    }
}

TEST_F(JournalTest, keeps_files_of_before_as_long_as_something_in_them_is_needed) {
    for (int i = 0; i < 60; ++i) {
        world_.run_until_durable(world_.append(1000, true));
    }
    const Position before = world_.journal().durable_position();
    world_.restart();
    world_.run_until_durable(world_.append(1000, true));
    world_.run_for(kNanosPerSecond);
    EXPECT_EQ(world_.scan().entries.front().position, Position(0));
    world_.cut(before);
    world_.run_for(kNanosPerSecond);
    EXPECT_GE(world_.scan().entries.front().position, before);
    EXPECT_TRUE(world_.scan().rotten.empty());
}

TEST_F(JournalTest, gives_up_no_file_before_that_is_noted_on_disk) {
    for (int i = 0; i < 60; ++i) {
        world_.run_until_durable(world_.append(1000, true));
    }
    const std::size_t files = world_.file_count();
    world_.disk().fail_next(DiskAction::sync, ErrorCode::disk_failed, 1'000'000);
    world_.cut(world_.journal().durable_position());
    world_.run_for(20 * kNanosPerSecond);
    EXPECT_GE(world_.file_count(), files);
    world_.disk().fail_next(DiskAction::sync, ErrorCode::disk_failed, 0);
    world_.run_for(5 * kNanosPerSecond);
    EXPECT_LT(world_.file_count(), files);
    EXPECT_TRUE(world_.scan().rotten.empty());
}

TEST_F(JournalTest, a_failed_sync_is_made_good_in_another_file) {
    const Position first = world_.append(1000, true);
    world_.run_until_durable(first);
    world_.disk().fail_next(DiskAction::sync, ErrorCode::disk_failed);
    const Position second = world_.append(1000, true);
    world_.run_until([this] { return world_.journal().state() != JournalState::ok; });
    EXPECT_EQ(world_.journal().state(), JournalState::disk_failed);
    EXPECT_EQ(world_.journal().error()->code, ErrorCode::disk_failed);
    EXPECT_EQ(world_.journal().durable_position(), first);
    world_.run_until_durable(second);
    EXPECT_EQ(world_.journal().state(), JournalState::ok);
    world_.power_cut();
    world_.expect_found(world_.scan());
    EXPECT_EQ(world_.scan().entries.size(), 2U);
    EXPECT_TRUE(world_.scan().rotten.empty());
}

// The power goes at each step after the failure, and each time other sectors arrive.
TEST(JournalRepeatTest, a_tear_where_entries_are_repeated_is_never_taken_for_rot) {
    for (std::uint64_t seed = 1; seed <= 1'000 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed=" + std::to_string(seed));
        JournalWorld world(seed);
        world.start();
        world.run_until_durable(world.append(3000, true));
        world.note_promises();
        world.disk().fail_next(DiskAction::sync, ErrorCode::disk_failed);
        world.append(3000, false);
        world.append(3000, true);
        world.run_until([&world] { return world.journal().state() != JournalState::ok; });
        world.run_until([&world] { return world.file_count() > 1; });
        for (std::uint64_t steps = seed % 6; steps > 0; --steps) {
            world.step();
            world.note_promises();
        }
        world.power_cut();
        world.expect_found(world.scan());
        world.begin_again();
        world.expect_found(world.scan());
    }
}

TEST_F(JournalTest, never_says_durable_while_every_sync_fails) {
    world_.disk().fail_next(DiskAction::sync, ErrorCode::disk_failed, 1'000'000);
    world_.append(1000, true);
    world_.run_for(20 * kNanosPerSecond);
    EXPECT_EQ(world_.journal().durable_position(), Position(0));
    EXPECT_EQ(world_.journal().state(), JournalState::disk_failed);
    // Backed off: a dead disk is asked about once a second.
    EXPECT_LT(world_.journal().counters().failures, 40);
    EXPECT_LT(world_.file_count(), 4U);
    world_.disk().fail_next(DiskAction::sync, ErrorCode::disk_failed, 0);
    world_.run_until_durable(world_.journal().next_position());
    EXPECT_EQ(world_.journal().state(), JournalState::ok);
}

TEST_F(JournalTest, waits_while_the_disk_is_full_and_goes_on_by_itself) {
    Position end = world_.append(1000, true);
    world_.run_until_durable(end);
    world_.media().set_capacity_bytes(world_.media().used_bytes());
    for (int i = 0; i < 100; ++i) {
        end = world_.append(1000, true);
    }
    world_.run_for(10 * kNanosPerSecond);
    EXPECT_EQ(world_.journal().state(), JournalState::disk_full);
    EXPECT_LT(world_.journal().durable_position(), end);
    world_.media().set_capacity_bytes(UINT64_MAX / 2);
    world_.run_until_durable(end);
    EXPECT_EQ(world_.journal().state(), JournalState::ok);
    world_.expect_found(world_.scan());
}

TEST_F(JournalTest, refuses_more_references_than_it_can_hold) {
    while (world_.journal().check_room().ok()) {
        world_.append(64, false);
    }
    EXPECT_EQ(world_.journal().next_position().value() % 8, 0);
    world_.run_until_durable(world_.journal().next_position());
    EXPECT_TRUE(world_.journal().check_room().ok());
}

TEST_F(JournalTest, a_bit_that_rots_in_the_middle_costs_one_entry_and_is_reported) {
    for (int i = 0; i < 30; ++i) {
        world_.run_until_durable(world_.append(1000, true));
    }
    const JournalScan before = world_.scan();
    const JournalScan after = world_.scan_with_flipped_bit(before.entries[10].position, 300);
    ASSERT_EQ(after.rotten.size(), 1U);
    EXPECT_EQ(after.rotten[0].first, before.entries[10].position);
    EXPECT_EQ(after.rotten[0].end, before.entries[10].end);
    EXPECT_EQ(after.entries.size(), before.entries.size() - 1);
    EXPECT_FALSE(after.torn.has_value());
}

TEST_F(JournalTest, rot_in_the_last_entry_is_told_from_a_torn_tail_once_the_node_has_been_quiet) {
    const Position last = world_.append(1000, true);
    world_.run_until_durable(last);
    world_.run_for(kNanosPerSecond);
    const JournalScan scan = world_.scan_with_flipped_bit(last - 100, 0);
    EXPECT_FALSE(scan.torn.has_value());
    ASSERT_EQ(scan.rotten.size(), 1U);
    EXPECT_EQ(scan.rotten[0].end, last);
}

TEST_F(JournalTest, rot_in_the_last_entry_looks_like_a_torn_tail_before_that) {
    const Position last = world_.append(1000, true);
    world_.run_until_durable(last);
    const JournalScan scan = world_.scan_with_flipped_bit(last - 100, 0);
    EXPECT_TRUE(scan.torn.has_value());
    EXPECT_TRUE(scan.entries.empty());
}

TEST_F(JournalTest, a_file_that_is_missing_in_the_middle_is_reported) {
    for (int i = 0; i < 60; ++i) {
        world_.run_until_durable(world_.append(1000, true));
    }
    world_.media().remove("journal/0/1.journal");
    const JournalScan scan = world_.scan();
    ASSERT_EQ(scan.rotten.size(), 1U);
    EXPECT_EQ(scan.rotten[0].first, scan.files[0].end);
    EXPECT_EQ(scan.rotten[0].end, scan.files[1].first);
    EXPECT_EQ(scan.end, world_.journal().next_position());
}

TEST_F(JournalTest, what_was_never_synced_is_a_torn_tail_however_much_of_it_arrived) {
    world_.run_until_durable(world_.append(1000, true));
    world_.append(1000, false);
    world_.run_for(10 * kNanosPerMilli);
    const Position torn = world_.append(1000, false);
    world_.append(1000, false);
    world_.run_for(10 * kNanosPerMilli);
    const JournalScan scan = world_.scan_with_flipped_bit(torn - 200, 0);
    EXPECT_EQ(scan.entries.size(), 2U);
    ASSERT_TRUE(scan.torn.has_value());
    EXPECT_EQ(scan.dropped_entries, 1U);
    EXPECT_TRUE(scan.rotten.empty());
}

}  // namespace
}  // namespace kera
