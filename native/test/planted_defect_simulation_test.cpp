// Each planted defect is put back, and a simulation must find it within 200 seeds. The search ends
// with the first seed that finds it. One thread; no defect stays planted after a test.
#include <gtest/gtest.h>

#include <iostream>

#include "base/planted_defect.hpp"
#include "mail_world.hpp"
#include "small_world.hpp"

namespace kera {
namespace {

// Independent of the run's number of seeds, because a search ends with the first success.
constexpr std::uint64_t kSeedsMax = 200;

class PlantedDefectSimulationTest : public testing::Test {
  protected:
    ~PlantedDefectSimulationTest() override { plant(PlantedDefect::none); }

    template <class Run>
    static void expect_found(PlantedDefect defect, Run&& run) {
        plant(defect);
        for (std::uint64_t seed = 1; seed <= kSeedsMax; ++seed) {
            Violations violations;
            run(seed, violations);
            if (!violations.none()) {
                std::cout << "found with seed " << seed << ": " << violations.report() << "\n";
                return;
            }
        }
        ADD_FAILURE() << "not found within " << kSeedsMax << " seeds";
    }
    static void expect_found_in_small_world(PlantedDefect defect, const Weather& weather) {
        expect_found(defect, [&weather](std::uint64_t seed, Violations& violations) {
            SmallWorld(seed, weather, violations).run();
        });
    }
};

TEST_F(PlantedDefectSimulationTest, finds_retention_whose_starts_are_not_kept) {
    expect_found_in_small_world(PlantedDefect::retention_start_not_kept,
                                {.acks = AckLevel::disk, .power_cuts = true, .retention = true});
}

TEST_F(PlantedDefectSimulationTest, finds_a_change_that_begins_from_old_settings) {
    expect_found_in_small_world(PlantedDefect::alter_from_old_settings,
                                {.acks = AckLevel::leader, .clean_stops = true});
}

TEST_F(PlantedDefectSimulationTest, finds_segments_that_are_served_without_a_look) {
    expect_found_in_small_world(PlantedDefect::load_not_verified,
                                {.acks = AckLevel::disk, .rot = true});
}

TEST_F(PlantedDefectSimulationTest, finds_readers_that_are_not_told_what_does_not_come_back) {
    expect_found_in_small_world(PlantedDefect::load_failure_silent,
                                {.acks = AckLevel::disk, .rot = true});
}

TEST_F(PlantedDefectSimulationTest, finds_leftovers_in_a_journal_that_count) {
    expect_found_in_small_world(
        PlantedDefect::leftover_entries_count,
        {.acks = AckLevel::disk, .power_cuts = true, .journal_rot = true, .retention = true});
}

TEST_F(PlantedDefectSimulationTest, finds_log_files_that_go_too_early) {
    expect_found_in_small_world(PlantedDefect::files_given_up_too_early,
                                {.acks = AckLevel::disk, .power_cuts = true, .retention = true});
}

TEST_F(PlantedDefectSimulationTest, finds_memory_of_a_killed_process_that_nobody_reads) {
    expect_found_in_small_world(PlantedDefect::kept_memory_unread,
                                {.acks = AckLevel::leader, .kills = true});
}

TEST_F(PlantedDefectSimulationTest, finds_a_failed_start_that_gives_kept_memory_up) {
    expect_found_in_small_world(PlantedDefect::kept_memory_lost_at_failed_start,
                                {.acks = AckLevel::leader, .kills = true});
}

TEST_F(PlantedDefectSimulationTest, finds_a_tail_without_what_a_failed_sync_has_lost) {
    expect_found_in_small_world(PlantedDefect::tail_ends_at_written,
                                {.acks = AckLevel::leader, .kills = true, .disk_faults = true});
}

TEST_F(PlantedDefectSimulationTest, finds_a_mailbox_that_is_refilled_without_a_wake_up) {
    expect_found(
        PlantedDefect::refill_without_wake,
        [](std::uint64_t seed, Violations& violations) { MailWorld(seed, violations).run(); });
}

}  // namespace
}  // namespace kera
