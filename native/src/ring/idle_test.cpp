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

constexpr IdleLimits kLimits{
    .wake_ns = 1'000, .pause_ns = 500, .batch_ns = 10'000, .crowded_ns = 5'000, .calm_ns = 50'000};

// A thread for which work comes again and again, so long after the last one.
class PacedIdle {
  public:
    explicit PacedIdle(std::int64_t gap_ns) {
        for (int time = 0; time < 100; ++time) {
            pause(gap_ns);
            EXPECT_EQ(step(1), IdleAction::again);
        }
    }

    IdleAction step(int work) { return idle_.step(cycle(work, clock_.now_ns())); }
    IdleAction rest_until(std::int64_t after_ns) {
        clock_.advance_ns(after_ns - (clock_.now_ns() - idle_since_ns_));
        return step(0);
    }
    // The first round without work.
    IdleAction begin_rest() {
        idle_since_ns_ = clock_.now_ns();
        return step(0);
    }
    void pause(std::int64_t gap_ns) {
        begin_rest();
        clock_.advance_ns(gap_ns);
    }

  private:
    ManualClock clock_;
    Idle idle_{IdleKind::backoff, kLimits};
    std::int64_t idle_since_ns_ = 0;
};

TEST(IdleTest, sleeps_at_once_where_work_comes_later_than_a_sleep_ends) {
    PacedIdle idle(1'500);
    EXPECT_EQ(idle.begin_rest(), IdleAction::park);
}

TEST(IdleTest, sleeps_at_once_as_long_as_it_knows_of_no_work) {
    Idle idle(IdleKind::backoff, kLimits);
    EXPECT_EQ(idle.step(cycle(0, 0)), IdleAction::park);
    EXPECT_EQ(idle.step(cycle(0, 100)), IdleAction::park);
}

TEST(IdleTest, spins_then_yields_then_sleeps_where_work_comes_often) {
    PacedIdle idle(800);
    EXPECT_EQ(idle.begin_rest(), IdleAction::pause);
    EXPECT_EQ(idle.rest_until(499), IdleAction::pause);
    EXPECT_EQ(idle.rest_until(500), IdleAction::yield);
    EXPECT_EQ(idle.rest_until(1'999), IdleAction::yield);
    EXPECT_EQ(idle.rest_until(2'000), IdleAction::park);
    // Also after a sleep that brought no work.
    EXPECT_EQ(idle.rest_until(3'000), IdleAction::park);
}

TEST(IdleTest, learns_when_work_comes_more_or_less_often) {
    PacedIdle idle(1'500);
    for (int time = 0; time < 100; ++time) {
        idle.pause(100);
        idle.step(1);
    }
    EXPECT_EQ(idle.begin_rest(), IdleAction::pause);
    // One long pause changes nothing, several do.
    idle.pause(kNanosPerSecond);
    idle.step(1);
    EXPECT_EQ(idle.begin_rest(), IdleAction::pause);
    for (int time = 0; time < 3; ++time) {
        idle.pause(kNanosPerSecond);
        idle.step(1);
    }
    EXPECT_EQ(idle.begin_rest(), IdleAction::park);
}

TEST(IdleTest, does_not_spin_where_others_want_the_processor) {
    PacedIdle idle(100);
    EXPECT_EQ(idle.begin_rest(), IdleAction::pause);
    // Somebody else ran for so long between two rounds.
    EXPECT_EQ(idle.rest_until(5'001), IdleAction::park);
    idle.step(1);
    EXPECT_EQ(idle.begin_rest(), IdleAction::park);
    for (int time = 0; time < 500; ++time) {
        idle.pause(100);
        idle.step(1);
    }
    EXPECT_EQ(idle.begin_rest(), IdleAction::pause);
}

TEST(IdleTest, sleeps_at_once_after_much_work) {
    Idle idle(IdleKind::backoff, kLimits);
    std::int64_t now_ns = 0;
    for (int time = 0; time < 100; ++time) {
        idle.step({0, now_ns, now_ns});
        now_ns += 100;
        idle.step({1, now_ns, now_ns});
    }
    EXPECT_EQ(idle.step({1, now_ns, now_ns + 6'000}), IdleAction::again);
    EXPECT_EQ(idle.step({1, now_ns + 6'000, now_ns + 10'000}), IdleAction::again);
    EXPECT_EQ(idle.step(cycle(0, now_ns + 10'000)), IdleAction::park);
    // Little work follows: whoever sent it may be waiting.
    EXPECT_EQ(idle.step({1, now_ns + 10'100, now_ns + 19'000}), IdleAction::again);
    EXPECT_EQ(idle.step(cycle(0, now_ns + 19'000)), IdleAction::pause);
}

}  // namespace
}  // namespace kera
