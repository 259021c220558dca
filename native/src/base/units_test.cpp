#include "base/units.hpp"

#include <gtest/gtest.h>

namespace kera {
namespace {

static_assert(1_KiB == 1024 && 3_MiB == 3 * 1024 * 1024 && 2_GiB == std::size_t{1} << 31);
static_assert(is_power_of_two(1) && is_power_of_two(4096) && is_power_of_two(std::size_t{1} << 63));
static_assert(!is_power_of_two(0) && !is_power_of_two(12) && !is_power_of_two(-8));

TEST(UnitsTest, aligns_to_the_next_multiple) {
    EXPECT_EQ(align_up(0, 8), 0);
    EXPECT_EQ(align_up(1, 8), 8);
    EXPECT_EQ(align_up(8, 8), 8);
    EXPECT_EQ(align_up(std::uint64_t{4097}, 4096), 8192u);
    EXPECT_EQ(align_down(15, 8), 8);
    EXPECT_TRUE(is_aligned(16, 8));
    EXPECT_FALSE(is_aligned(17, 8));
}

TEST(UnitsDeathTest, refuses_an_alignment_that_is_no_power_of_two) {
    EXPECT_DEATH((void)align_up(5, 12), "alignment = 12");
}

}  // namespace
}  // namespace kera
