#include "storage/lane/producer_lanes.hpp"

#include <gtest/gtest.h>

namespace kera {
namespace {

TEST(ProducerLanesTest, keeps_a_producer_in_its_lane_when_lanes_are_added) {
    ProducerLanes lanes;
    EXPECT_EQ(lanes.assign(ProducerId(1), LaneId(0), 1), LaneId(0));
    EXPECT_EQ(lanes.assign(ProducerId(2), LaneId(0), 1), LaneId(0));
    EXPECT_EQ(lanes.assign(ProducerId(1), LaneId(3), 4), LaneId(0));
    EXPECT_EQ(lanes.assign(ProducerId(2), LaneId(2), 4), LaneId(0));
}

TEST(ProducerLanesTest, spreads_new_producers_over_new_lanes) {
    ProducerLanes lanes;
    for (int producer = 0; producer < 3; ++producer) {
        (void)lanes.assign(ProducerId(producer), LaneId(0), 1);
    }
    std::vector<int> loads(3);
    for (int producer = 3; producer < 9; ++producer) {
        ++loads[lanes.assign(ProducerId(producer), LaneId(0), 3).value()];
    }
    EXPECT_EQ(loads, (std::vector<int>{0, 3, 3}));
}

TEST(ProducerLanesTest, prefers_the_callers_lane_among_equals) {
    ProducerLanes lanes;
    EXPECT_EQ(lanes.assign(ProducerId(1), LaneId(2), 4), LaneId(2));
    EXPECT_EQ(lanes.assign(ProducerId(2), LaneId(1), 4), LaneId(1));
}

TEST(ProducerLanesTest, forgets_only_for_the_lane_that_forgot) {
    ProducerLanes lanes;
    (void)lanes.assign(ProducerId(1), LaneId(1), 2);
    lanes.forget(ProducerId(1), LaneId(0));
    EXPECT_EQ(lanes.size(), 1u);
    lanes.forget(ProducerId(1), LaneId(1));
    EXPECT_EQ(lanes.size(), 0u);
    EXPECT_EQ(lanes.assign(ProducerId(1), LaneId(0), 2), LaneId(0));
}

TEST(ProducerLanesTest, remembers_no_more_producers_than_it_may) {
    ProducerLanes lanes(2);
    (void)lanes.assign(ProducerId(1), LaneId(1), 2);
    (void)lanes.assign(ProducerId(2), LaneId(1), 2);
    EXPECT_EQ(lanes.assign(ProducerId(3), LaneId(1), 2), LaneId(0));
    EXPECT_EQ(lanes.assign(ProducerId(3), LaneId(1), 4), LaneId(0));
    EXPECT_EQ(lanes.assign(ProducerId(1), LaneId(0), 4), LaneId(1));
    EXPECT_EQ(lanes.size(), 2u);
}

TEST(ProducerLanesTest, forgets_who_was_assigned_and_never_came) {
    ProducerLanes lanes;
    (void)lanes.assign(ProducerId(1), LaneId(0), 2);
    (void)lanes.assign(ProducerId(2), LaneId(1), 2);
    (void)lanes.assign(ProducerId(3), LaneId(0), 2);
    const auto came = [](ProducerId id) { return id == ProducerId(1); };
    lanes.forget_silent(LaneId(0), 5'000, came);
    lanes.forget_silent(LaneId(0), 5'000 + ProducerLanes::kSilentMsMax - 1, came);
    EXPECT_EQ(lanes.size(), 3U);
    lanes.forget_silent(LaneId(0), 5'000 + ProducerLanes::kSilentMsMax, came);
    EXPECT_EQ(lanes.size(), 2U);
    // The first one came, and stays whatever the lane says later.
    lanes.forget_silent(LaneId(0), 1'000'000, [](ProducerId) { return false; });
    lanes.forget_silent(LaneId(0), 2'000'000, [](ProducerId) { return false; });
    EXPECT_EQ(lanes.size(), 2U);
    EXPECT_EQ(lanes.assign(ProducerId(1), LaneId(1), 2), LaneId(0));
}

TEST(ProducerLanesTest, believes_the_latest_restore) {
    ProducerLanes lanes;
    lanes.restore(ProducerId(1), LaneId(0));
    lanes.restore(ProducerId(1), LaneId(2));
    EXPECT_EQ(lanes.assign(ProducerId(1), LaneId(0), 3), LaneId(2));
    EXPECT_EQ(lanes.size(), 1u);
}

}  // namespace
}  // namespace kera
