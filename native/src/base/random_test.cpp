#include "base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace kera {
namespace {

TEST(RandomTest, replays_the_same_numbers_for_the_same_seed) {
    Random first(42);
    Random second(42);
    Random other(43);
    bool differs = false;
    for (int i = 0; i < 100; ++i) {
        const std::uint64_t number = first.next();
        EXPECT_EQ(number, second.next());
        differs |= number != other.next();
    }
    EXPECT_TRUE(differs);
}

// Computed without this code: xoshiro256** from the state that splitmix64 gives for zero.
TEST(RandomTest, gives_the_sequence_of_the_algorithm) {
    Random random(0);
    EXPECT_EQ(random.next(), 0x99EC5F36CB75F2B4u);
    EXPECT_EQ(random.next(), 0xBF6E1F784956452Au);
    EXPECT_EQ(random.next(), 0x1A5F849D4933E6E0u);
}

TEST(RandomTest, stays_below_its_bound_and_reaches_everything_there) {
    Random random(1);
    std::array<int, 7> hits{};
    for (int i = 0; i < 7000; ++i) {
        ++hits.at(random.below(7));
    }
    for (const int count : hits) {
        EXPECT_GT(count, 800);
        EXPECT_LT(count, 1200);
    }
    EXPECT_EQ(random.below(1), 0u);
}

TEST(RandomTest, includes_both_ends_of_a_range) {
    Random random(2);
    bool low = false;
    bool high = false;
    for (int i = 0; i < 200; ++i) {
        const std::int64_t drawn = random.between(-2, 2);
        ASSERT_GE(drawn, -2);
        ASSERT_LE(drawn, 2);
        low |= drawn == -2;
        high |= drawn == 2;
    }
    EXPECT_TRUE(low && high);
    EXPECT_EQ(random.between(5, 5), 5);
    random.between(std::numeric_limits<std::int64_t>::min(),
                   std::numeric_limits<std::int64_t>::max());
}

TEST(RandomTest, takes_chances_as_often_as_asked) {
    Random random(3);
    int taken = 0;
    for (int i = 0; i < 10'000; ++i) {
        taken += random.chance(0.3) ? 1 : 0;
        EXPECT_FALSE(random.chance(0.0));
        EXPECT_TRUE(random.chance(1.0));
    }
    EXPECT_GT(taken, 2700);
    EXPECT_LT(taken, 3300);
}

TEST(RandomTest, drives_the_standard_algorithms) {
    Random random(4);
    std::array<int, 50> numbers{};
    std::iota(numbers.begin(), numbers.end(), 0);
    const std::array<int, 50> sorted = numbers;
    std::shuffle(numbers.begin(), numbers.end(), random);
    EXPECT_NE(numbers, sorted);
    std::sort(numbers.begin(), numbers.end());
    EXPECT_EQ(numbers, sorted);
}

}  // namespace
}  // namespace kera
