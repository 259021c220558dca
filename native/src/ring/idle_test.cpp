#include "ring/idle.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"

namespace kera {
namespace {

// One that took no time worth mentioning.
DutyCycle cycle(int work, std::int64_t now_ns) {
    return {work, now_ns, now_ns};
}

TEST(IdleTest, works_on_while_there_is_work) {
    for (const IdleKind kind : {IdleKind::spin, IdleKind::backoff, IdleKind::park}) {
        Idle idle(kind);
        EXPECT_EQ(idle.step(cycle(1, 0)), IdleAction::again) << to_string(kind);
        EXPECT_EQ(idle.step(cycle(17, kNanosPerSecond)), IdleAction::again) << to_string(kind);
    }
}

TEST(IdleTest, spins_for_ever_when_told_to) {
    Idle idle(IdleKind::spin);
    EXPECT_EQ(idle.step(cycle(0, 0)), IdleAction::pause);
    EXPECT_EQ(idle.step(cycle(0, 1'000 * kNanosPerSecond)), IdleAction::pause);
}

TEST(IdleTest, parks_at_once_when_told_to) {
    Idle idle(IdleKind::park);
    EXPECT_EQ(idle.step(cycle(0, 0)), IdleAction::park);
}

TEST(IdleTest, backs_off_from_spinning_over_yielding_to_parking) {
    ManualClock clock(1'000);
    Idle idle(IdleKind::backoff, {.spin_ns = 500, .yields = 2});
    EXPECT_EQ(idle.step(cycle(3, clock.now_ns())), IdleAction::again);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::pause);
    clock.advance_ns(499);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::pause);
    clock.advance_ns(1);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::yield);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::yield);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::park);
}

TEST(IdleTest, parks_again_after_a_sleep_that_brought_no_work) {
    ManualClock clock;
    Idle idle(IdleKind::backoff, {.spin_ns = 500, .yields = 0});
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::pause);
    clock.advance_ns(500);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::park);
    clock.advance_ms(1);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::park);
}

TEST(IdleTest, spins_anew_after_work) {
    ManualClock clock;
    Idle idle(IdleKind::backoff, {.spin_ns = 500, .yields = 1});
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::pause);
    clock.advance_ns(600);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::yield);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::park);
    EXPECT_EQ(idle.step(cycle(1, clock.now_ns())), IdleAction::again);
    clock.advance_ms(5);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::pause);
    clock.advance_ns(500);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::yield);
}

TEST(IdleTest, parks_at_once_after_much_work) {
    Idle idle(IdleKind::backoff, {.spin_ns = 500, .yields = 1, .batch_ns = 1'000});
    EXPECT_EQ(idle.step({1, 0, 600}), IdleAction::again);
    EXPECT_EQ(idle.step({1, 600, 1'000}), IdleAction::again);
    EXPECT_EQ(idle.step({0, 1'000, 1'010}), IdleAction::park);
    EXPECT_EQ(idle.step({0, 5'000, 5'010}), IdleAction::park);
    // Little work follows: whoever sent it may be waiting.
    EXPECT_EQ(idle.step({1, 6'000, 6'999}), IdleAction::again);
    EXPECT_EQ(idle.step({0, 6'999, 7'000}), IdleAction::pause);
}

}  // namespace
}  // namespace kera
