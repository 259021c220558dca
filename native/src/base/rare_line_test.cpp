#include "base/rare_line.hpp"

#include <gtest/gtest.h>

namespace kera {
namespace {

TEST(RareLineTest, lets_one_line_pass_in_a_second_and_counts_the_others) {
    RareLine line;
    EXPECT_EQ(line.pass(0), 0U) << "the first one, whatever the time";
    for (std::int64_t at_ns = 1; at_ns < 1000; ++at_ns) {
        EXPECT_FALSE(line.pass(at_ns).has_value());
    }
    EXPECT_FALSE(line.pass(kNanosPerSecond - 1).has_value());
    EXPECT_EQ(line.pass(kNanosPerSecond), 1000U);
    EXPECT_EQ(line.pass(3 * kNanosPerSecond), 0U);
}

}  // namespace
}  // namespace kera
