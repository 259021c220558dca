#include "client/rounds/loop_load.hpp"

#include <gtest/gtest.h>

namespace kera {
namespace {

// Rounds that do so much of each millisecond's work, for 20 ms. When the load was high first.
std::int64_t high_after_ms(std::int64_t work_ns) {
    LoopLoad load;
    std::int64_t now_ns = kNanosPerSecond;
    load.note_round(now_ns, now_ns);
    for (std::int64_t ms = 0; ms < 20; ++ms) {
        load.note_round(now_ns, now_ns + work_ns);
        now_ns += kNanosPerMilli;
        if (load.is_high(now_ns)) {
            return ms;
        }
    }
    return -1;
}

TEST(LoopLoadTest, is_high_where_rounds_take_three_tenths_of_the_time) {
    EXPECT_EQ(high_after_ms(kNanosPerMilli * 2 / 10), -1);
    EXPECT_GT(high_after_ms(kNanosPerMilli * 4 / 10), 0);
    EXPECT_EQ(high_after_ms(kNanosPerMilli * 9 / 10), 5);
}

TEST(LoopLoadTest, is_high_for_a_while) {
    LoopLoad load;
    load.note_round(0, 5 * kNanosPerMilli);
    EXPECT_TRUE(load.is_high(14 * kNanosPerMilli));
    EXPECT_FALSE(load.is_high(15 * kNanosPerMilli));
}

TEST(LoopLoadTest, is_high_after_three_leaders_in_a_row_that_missed_the_own_thread) {
    LoopLoad load;
    for (int leader = 0; leader < 3; ++leader) {
        EXPECT_FALSE(load.is_high(0));
        load.begin_leader();
        load.note_own_thread_missed(0);
    }
    EXPECT_TRUE(load.is_high(0));
    EXPECT_FALSE(load.is_high(10 * kNanosPerMilli));
    // The next one is in the same row.
    load.begin_leader();
    load.note_own_thread_missed(20 * kNanosPerMilli);
    EXPECT_TRUE(load.is_high(20 * kNanosPerMilli));
}

TEST(LoopLoadTest, a_leader_that_missed_nothing_ends_the_row) {
    LoopLoad load;
    for (int leader = 0; leader < 20; ++leader) {
        load.begin_leader();
        if (leader % 3 != 2) {
            load.note_own_thread_missed(0);
        }
        EXPECT_FALSE(load.is_high(0));
    }
}

TEST(LoopLoadTest, trusts_helpers_that_come_rarely) {
    LoopLoad load;
    std::int64_t now_ns = kNanosPerSecond;
    const auto help_after = [&](std::int64_t ns) {
        now_ns += ns;
        return load.note_help(now_ns);
    };
    EXPECT_TRUE(help_after(0));
    EXPECT_FALSE(load.trusts_helpers());
    EXPECT_TRUE(help_after(50 * kNanosPerMicro));
    EXPECT_TRUE(load.trusts_helpers());
    EXPECT_FALSE(help_after(49 * kNanosPerMicro));
    EXPECT_FALSE(load.trusts_helpers());
    EXPECT_TRUE(help_after(kNanosPerMilli));
    EXPECT_TRUE(help_after(kNanosPerMilli));
    load.forget_helps();
    EXPECT_FALSE(load.trusts_helpers());
}

}  // namespace
}  // namespace kera
