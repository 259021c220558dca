#include "client/produce/outcome_row.hpp"

#include <gtest/gtest.h>

namespace kera {
namespace {

TEST(OutcomeRowTest, counts_up_to_the_first_chunk_without_an_outcome) {
    OutcomeRow row;
    row.add(1);
    row.add(3);
    EXPECT_EQ(row.get(), 0U);
    row.add(0);
    EXPECT_EQ(row.get(), 2U);
    row.add(2);
    EXPECT_EQ(row.get(), 4U);
    row.add(4);
    EXPECT_EQ(row.get(), 5U);
}

}  // namespace
}  // namespace kera
