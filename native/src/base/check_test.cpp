#include "base/check.hpp"

#include <gtest/gtest.h>

#include "base/ids.hpp"

namespace kera {
namespace {

TEST(CheckTest, passes_and_evaluates_its_condition_once) {
    int evaluations = 0;
    KERA_ASSERT(++evaluations == 1, evaluations);
    EXPECT_EQ(evaluations, 1);
}

TEST(CheckDeathTest, prints_the_expression_the_place_and_the_values) {
    const int used = 3;
    const Offset head(12);
    EXPECT_DEATH(KERA_ASSERT(used < 2), "assertion failed: used < 2 at .*check_test.cpp:[0-9]+\n");
    EXPECT_DEATH(KERA_ASSERT(used < 2, used, head), "\\[used, head = 3, 12\\]");
}

}  // namespace
}  // namespace kera
