#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace kera {
namespace {

TEST(SystemClockTest, never_goes_back) {
    const SystemClock clock;
    std::int64_t before = clock.now_ns();
    for (int i = 0; i < 10'000; ++i) {
        const std::int64_t now = clock.now_ns();
        ASSERT_GE(now, before);
        before = now;
    }
}

TEST(SystemClockTest, tells_a_wall_time_of_this_century) {
    constexpr std::int64_t kStartOf2020Ms = 1'577'836'800'000;
    constexpr std::int64_t kStartOf2100Ms = 4'102'444'800'000;
    const SystemClock clock;
    EXPECT_GT(clock.epoch_ms(), kStartOf2020Ms);
    EXPECT_LT(clock.epoch_ms(), kStartOf2100Ms);
}

TEST(ManualClockTest, moves_only_when_it_is_moved) {
    ManualClock clock(5, 1000);
    EXPECT_EQ(clock.now_ns(), 5);
    EXPECT_EQ(clock.epoch_ms(), 1000);
    clock.advance_ns(10);
    EXPECT_EQ(clock.now_ns(), 15);
    EXPECT_EQ(clock.epoch_ms(), 1000);
    clock.advance_ms(2);
    EXPECT_EQ(clock.now_ns(), 2'000'015);
    EXPECT_EQ(clock.epoch_ms(), 1002);
}

TEST(ManualClockTest, can_set_the_wall_clock_back_without_moving_time) {
    ManualClock clock(0, 5000);
    clock.advance_ms(100);
    clock.set_epoch_ms(2000);
    EXPECT_EQ(clock.epoch_ms(), 2000);
    EXPECT_EQ(clock.now_ns(), 100 * kNanosPerMilli);
    clock.advance_ms(1);
    EXPECT_EQ(clock.epoch_ms(), 2001);
}

TEST(CycleClockTest, stands_still_within_a_cycle) {
    ManualClock clock(5, 1000);
    CycleClock cycle(clock);
    EXPECT_EQ(cycle.epoch_ms(), 1000);
    clock.advance_ms(7);
    EXPECT_EQ(cycle.now_ns(), 5);
    EXPECT_EQ(cycle.epoch_ms(), 1000);
    cycle.begin_cycle();
    EXPECT_EQ(cycle.now_ns(), 5 + 7 * kNanosPerMilli);
    EXPECT_EQ(cycle.epoch_ms(), 1007);
}

TEST(ManualClockDeathTest, refuses_to_go_back) {
    ManualClock clock;
    EXPECT_DEATH(clock.advance_ns(-1), "assertion failed");
}

}  // namespace
}  // namespace kera
