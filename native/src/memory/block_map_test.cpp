#include "memory/block_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/random.hpp"

namespace kera {
namespace {

constexpr std::array<std::uint32_t, 3> kClasses = {1, 4, 16};

std::vector<std::uint32_t> free_blocks(const BlockMap& map) {
    std::vector<std::uint32_t> counts;
    for (const BlockMap::ClassUse& use : map.classes()) {
        counts.push_back(use.free_blocks);
    }
    return counts;
}

using Counts = std::vector<std::uint32_t>;

TEST(BlockMapTest, starts_with_the_largest_blocks_that_fit) {
    EXPECT_EQ(free_blocks(BlockMap(64, kClasses)), (Counts{0, 0, 4}));
    EXPECT_EQ(free_blocks(BlockMap(16 + 4 + 4 + 3, kClasses)), (Counts{3, 2, 1}));
    EXPECT_EQ(free_blocks(BlockMap(3, kClasses)), (Counts{3, 0, 0}));
}

TEST(BlockMapTest, hands_out_the_lowest_units_first) {
    BlockMap map(32, kClasses);
    EXPECT_EQ(map.acquire(1), 0u);
    EXPECT_EQ(map.acquire(1), 1u);
    EXPECT_EQ(map.acquire(4), 4u);
    EXPECT_EQ(map.acquire(16), 16u);
}

TEST(BlockMapTest, splits_a_larger_block_only_when_it_must) {
    BlockMap map(32, kClasses);
    ASSERT_TRUE(map.acquire(1).has_value());
    EXPECT_EQ(free_blocks(map), (Counts{3, 3, 1}));
    ASSERT_TRUE(map.acquire(1).has_value());
    EXPECT_EQ(free_blocks(map), (Counts{2, 3, 1}));
    ASSERT_TRUE(map.acquire(3).has_value());
    EXPECT_EQ(free_blocks(map), (Counts{2, 2, 1}));
    EXPECT_EQ(map.used_units(), 1u + 1u + 4u);
}

TEST(BlockMapTest, joins_parts_as_soon_as_all_are_free) {
    BlockMap map(16, kClasses);
    const std::uint32_t first = map.acquire(1).value();
    const std::uint32_t second = map.acquire(1).value();
    map.release(first);
    EXPECT_EQ(free_blocks(map), (Counts{3, 3, 0}));
    map.release(second);
    EXPECT_EQ(free_blocks(map), (Counts{0, 0, 1}));
}

TEST(BlockMapTest, never_joins_parts_of_a_block_that_would_reach_past_the_end) {
    BlockMap map(16 + 7, kClasses);
    const Counts before = free_blocks(map);
    std::vector<std::uint32_t> acquired;
    for (int i = 0; i < 23; ++i) {
        acquired.push_back(map.acquire(1).value());
    }
    EXPECT_EQ(map.acquire(1), std::nullopt);
    for (const std::uint32_t first : acquired) {
        map.release(first);
    }
    EXPECT_EQ(free_blocks(map), before);
}

TEST(BlockMapTest, serves_what_is_larger_than_the_largest_class_from_adjacent_blocks) {
    BlockMap map(16 * 4, kClasses);
    EXPECT_EQ(map.rounded(17), 32u);
    const std::uint32_t run = map.acquire(17).value();
    EXPECT_EQ(run, 32u);
    EXPECT_EQ(map.used_at(run), 32u);
    EXPECT_EQ(map.classes()[2].used_blocks, 2u);
    EXPECT_EQ(map.largest_free_units(), 32u);
    ASSERT_EQ(map.acquire(1), 0u);
    EXPECT_EQ(map.acquire(32), std::nullopt);
    EXPECT_EQ(map.largest_free_units(), 16u);
    map.release(run);
    EXPECT_EQ(map.acquire(33), 16u);
}

TEST(BlockMapTest, tells_how_much_could_still_be_had_when_little_is_left) {
    BlockMap map(16, kClasses);
    ASSERT_TRUE(map.acquire(1).has_value());
    EXPECT_EQ(map.largest_free_units(), 4u);
    ASSERT_TRUE(map.acquire(4).has_value());
    ASSERT_TRUE(map.acquire(4).has_value());
    ASSERT_TRUE(map.acquire(4).has_value());
    EXPECT_EQ(map.largest_free_units(), 1u);
}

TEST(BlockMapTest, gives_every_loan_of_a_place_another_generation) {
    BlockMap map(16, kClasses);
    const std::uint32_t first = map.acquire(1).value();
    const std::uint32_t generation = map.generation(first);
    map.release(first);
    ASSERT_EQ(map.acquire(16), first);
    EXPECT_EQ(map.generation(first), generation + 1);
}

TEST(BlockMapDeathTest, refuses_to_release_what_is_not_acquired) {
    BlockMap map(16, kClasses);
    const std::uint32_t first = map.acquire(4).value();
    EXPECT_DEATH(map.release(first + 1), "assertion failed");
    EXPECT_DEATH(map.release(99), "assertion failed");
    map.release(first);
    EXPECT_DEATH(map.release(first), "assertion failed");
}

// What a block map must do, by looking at every unit.
class NaiveMap {
  public:
    explicit NaiveMap(std::uint32_t units) : used_(units, false) {}

    bool all_free(std::uint32_t first, std::uint32_t units) const {
        return first + units <= used_.size() &&
               std::none_of(used_.begin() + first, used_.begin() + first + units,
                            [](bool used) { return used; });
    }
    void set(std::uint32_t first, std::uint32_t units, bool used) {
        std::fill(used_.begin() + first, used_.begin() + first + units, used);
    }
    // Whether any aligned place could hold so many units, a whole class or a run of the largest.
    bool can_hold(std::uint32_t units) const {
        const std::uint32_t step = std::min(units, kClasses.back());
        for (std::uint32_t first = 0; first + units <= used_.size(); first += step) {
            if (all_free(first, units)) {
                return true;
            }
        }
        return false;
    }
    std::uint32_t used_units() const {
        return static_cast<std::uint32_t>(std::count(used_.begin(), used_.end(), true));
    }

  private:
    std::vector<bool> used_;
};

class BlockMapRandomTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(BlockMapRandomTest, agrees_with_a_naive_map_and_comes_back_whole) {
    Random random(GetParam());
    const auto units = static_cast<std::uint32_t>(16 * (2 + random.below(6)) + random.below(16));
    BlockMap map(units, kClasses);
    NaiveMap naive(units);
    const Counts whole = free_blocks(map);
    std::map<std::uint32_t, std::uint32_t> loans;
    for (int step = 0; step < 4000; ++step) {
        // Leans to one side for a while, so that it meets both a full and an empty map.
        const bool filling = (step / 500) % 2 == 0;
        if (loans.empty() || random.chance(filling ? 0.6 : 0.4)) {
            const auto asked = static_cast<std::uint32_t>(
                1 + (random.chance(0.9) ? random.below(16) : random.below(60)));
            const std::uint32_t rounded = map.rounded(asked);
            const bool possible = naive.can_hold(rounded);
            const auto first = map.acquire(asked);
            ASSERT_EQ(first.has_value(), possible) << "asked=" << asked << " step=" << step;
            if (first) {
                ASSERT_EQ(map.used_at(*first), rounded);
                ASSERT_TRUE(naive.all_free(*first, rounded));
                naive.set(*first, rounded, true);
                loans.emplace(*first, rounded);
            }
        } else {
            const auto loan =
                std::next(loans.begin(), static_cast<std::ptrdiff_t>(random.below(loans.size())));
            map.release(loan->first);
            naive.set(loan->first, loan->second, false);
            loans.erase(loan);
        }
        ASSERT_EQ(map.used_units(), naive.used_units());
        std::uint32_t accounted = 0;
        for (const BlockMap::ClassUse& use : map.classes()) {
            accounted += use.units * (use.used_blocks + use.free_blocks);
        }
        ASSERT_EQ(accounted, units);
    }
    for (const auto& [first, size] : loans) {
        map.release(first);
    }
    EXPECT_EQ(map.used_units(), 0u);
    EXPECT_EQ(free_blocks(map), whole);
}

INSTANTIATE_TEST_SUITE_P(Seeds, BlockMapRandomTest, testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace kera
