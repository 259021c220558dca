#include "transport/channel/lease_table.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kera {
namespace {

TEST(LeaseTableTest, gives_each_token_back_once) {
    LeaseTable leases(1000);
    const std::uint64_t one = leases.lend(11, 100, 5);
    const std::uint64_t two = leases.lend(12, 200, 6);
    EXPECT_EQ(leases.bytes(), 300U);
    EXPECT_EQ(leases.oldest_since_ns(), 5);
    EXPECT_EQ(leases.give_back(one).value(), 11U);
    EXPECT_EQ(leases.give_back(one).error().code, ErrorCode::malformed);
    EXPECT_EQ(leases.oldest_since_ns(), 6);
    EXPECT_EQ(leases.give_back(two).value(), 12U);
    EXPECT_EQ(leases.bytes(), 0U);
    EXPECT_EQ(leases.oldest_since_ns(), kNoDeadline);
}

TEST(LeaseTableTest, refuses_tickets_of_an_earlier_lease_of_the_slot_and_made_up_ones) {
    LeaseTable leases(1000);
    const std::uint64_t old = leases.lend(1, 8, 0);
    ASSERT_TRUE(leases.give_back(old).ok());
    const std::uint64_t fresh = leases.lend(2, 8, 0);
    EXPECT_NE(old, fresh);
    for (const std::uint64_t ticket : {old, std::uint64_t{0}, ~std::uint64_t{0}, fresh + 1}) {
        EXPECT_FALSE(leases.give_back(ticket).ok()) << ticket;
    }
    EXPECT_EQ(leases.count(), 1U);
}

TEST(LeaseTableTest, is_bounded_in_bytes_and_number) {
    LeaseTable leases(1000);
    EXPECT_TRUE(leases.has_room(5000)) << "a single body may be larger";
    leases.lend(1, 600, 0);
    EXPECT_TRUE(leases.has_room(400));
    EXPECT_FALSE(leases.has_room(401));
    LeaseTable many(~std::uint64_t{0});
    for (std::uint32_t count = 0; count < kShmLeasesMax; ++count) {
        ASSERT_TRUE(many.has_room(8));
        many.lend(count + 1, 8, 0);
    }
    EXPECT_FALSE(many.has_room(8));
    std::vector<Token> released;
    many.take_all_back(released);
    EXPECT_EQ(released.size(), kShmLeasesMax);
    EXPECT_TRUE(many.has_room(8));
}

}  // namespace
}  // namespace kera
