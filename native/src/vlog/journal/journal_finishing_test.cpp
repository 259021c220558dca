#include "vlog/journal/journal_finishing.hpp"

#include <gtest/gtest.h>

#include "vlog/testing/journal_world.hpp"
#include "vlog/testing/sim_seeds.hpp"

namespace kera {
namespace {

class JournalFinishingTest : public testing::Test {
  protected:
    JournalFinishingTest() { world_.start(); }

    // What a start finds after the kill is all that was ever appended.
    void expect_all_found() {
        const JournalScan scan = world_.begin_again();
        world_.expect_found(scan);
        EXPECT_FALSE(scan.torn.has_value());
        EXPECT_GE(scan.end, world_.appended_end());
    }

    JournalWorld world_{1};
};

TEST_F(JournalFinishingTest, writes_what_no_file_has) {
    world_.append(1000, false);
    world_.append(2000, false);
    world_.kill();
    EXPECT_EQ(world_.finish()->chunks, 2);
    expect_all_found();
}

TEST_F(JournalFinishingTest, writes_what_follows_the_last_file_and_the_journal_goes_on_behind_it) {
    world_.run_until_durable(world_.append(1000, true));
    world_.append(2000, false);
    world_.kill();
    EXPECT_EQ(world_.finish()->chunks, 1);
    expect_all_found();
    world_.run_until_durable(world_.append(3000, true));
    world_.append(10, false);
    world_.kill();
    EXPECT_EQ(world_.finish()->chunks, 1);
    expect_all_found();
}

TEST_F(JournalFinishingTest, writes_nothing_when_all_is_stable) {
    world_.run_until_durable(world_.append(1000, true));
    world_.kill();
    EXPECT_EQ(world_.finish()->bytes, 0);
    const std::size_t files = world_.file_count();
    expect_all_found();
    EXPECT_LE(world_.file_count(), files);
}

TEST_F(JournalFinishingTest, is_stable_when_it_returns) {
    world_.run_until_durable(world_.append(1000, true));
    world_.append(2000, false);
    world_.run_for(20 * kNanosPerMilli);  // written, and not synced
    world_.append(3000, false);
    world_.kill();
    ASSERT_TRUE(world_.finish().ok());
    world_.power_cut();
    expect_all_found();
}

TEST_F(JournalFinishingTest, makes_stable_what_was_written_and_not_synced) {
    world_.run_until_durable(world_.append(1000, true));
    world_.append(2000, false);
    world_.run_for(20 * kNanosPerMilli);
    ASSERT_EQ(world_.journal().written_position(), world_.appended_end());
    world_.kill();
    ASSERT_TRUE(world_.finish().ok());
    world_.power_cut();
    expect_all_found();
}

// Positions alone do not tell one journal from another: chunks of one size lie at the same ones.
TEST_F(JournalFinishingTest, refuses_what_was_kept_before_the_journal_went_on) {
    world_.run_until_durable(world_.append(1000, true));
    world_.append(2000, false);
    world_.kill();
    const FoundTail stale = world_.tail();
    world_.begin_again();
    world_.run_until_durable(world_.append(2000, true));
    world_.kill();
    const Result<FinishedJournal> refused = world_.finish(stale);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::corrupt);
    world_.begin_again();
    EXPECT_GE(world_.journal().durable_position(), world_.appended_end());
}

TEST_F(JournalFinishingTest, writes_nothing_when_a_later_journal_has_all_and_more) {
    world_.append(2000, false);
    world_.kill();
    const FoundTail stale = world_.tail();
    ASSERT_TRUE(world_.finish(stale).ok());
    world_.begin_again();
    world_.run_until_durable(world_.append(2000, true));
    world_.kill();
    EXPECT_EQ(world_.finish(stale)->bytes, 0);
    expect_all_found();
}

TEST(JournalStartTest, makes_stable_what_a_killed_process_has_written_without_a_keeper) {
    JournalWorld world(1);
    world.start();
    world.run_until_durable(world.append(1000, true));
    const Position end = world.append(2000, false);
    world.run_for(20 * kNanosPerMilli);
    world.kill();
    world.begin_again();
    ASSERT_EQ(world.journal().durable_position(), end);
    world.power_cut();
    EXPECT_GE(world.begin_again().end, end);
}

TEST_F(JournalFinishingTest, refuses_the_tail_of_another_journal_and_changes_nothing) {
    world_.run_until_durable(world_.append(1000, true));
    world_.append(2000, false);
    world_.kill();
    const std::size_t files = world_.file_count();
    EXPECT_EQ(world_.finish(world_.foreign_tail(Position(8))).error().code, ErrorCode::corrupt);
    EXPECT_EQ(world_.finish(world_.foreign_tail(Position(1'000'000))).error().code,
              ErrorCode::corrupt);
    EXPECT_EQ(world_.file_count(), files);
    EXPECT_EQ(world_.finish()->chunks, 1);
    expect_all_found();
}

TEST_F(JournalFinishingTest, can_be_repeated_when_the_disk_is_full) {
    world_.append(1000, false);
    world_.kill();
    world_.disk().fail_next(DiskAction::replace, ErrorCode::disk_full);
    EXPECT_EQ(world_.finish().error().code, ErrorCode::disk_full);
    EXPECT_EQ(world_.finish()->chunks, 1);
    expect_all_found();
}

// Kills at any moment, with syncs that fail, and starts that are killed while they finish.
TEST(JournalFinishingSimulationTest, loses_nothing_however_often_processes_are_killed) {
    for (std::uint64_t seed = 1; seed <= sim_seeds(); ++seed) {
        SCOPED_TRACE(seed);
        JournalWorld world(seed);
        world.start();
        Random& random = world.random();
        for (int life = 0; life < 8; ++life) {
            for (std::uint64_t more = random.below(30); more > 0; --more) {
                world.append(static_cast<std::uint32_t>(100 + random.below(3'000)),
                             random.chance(0.2));
                if (random.chance(0.1)) {
                    world.disk().fail_next(
                        random.chance(0.5) ? DiskAction::sync : DiskAction::write,
                        random.chance(0.5) ? ErrorCode::disk_failed : ErrorCode::disk_full);
                }
                world.run_for(static_cast<std::int64_t>(random.below(3 * kNanosPerMilli)));
            }
            world.kill();
            while (random.chance(0.3)) {
                world.disk().die_after(random.below(3));
                static_cast<void>(world.finish());
                world.kill();
            }
            ASSERT_TRUE(world.finish().ok());
            const JournalScan scan = world.begin_again();
            world.expect_found(scan);
            ASSERT_GE(scan.end, world.appended_end());
        }
    }
}

}  // namespace
}  // namespace kera
