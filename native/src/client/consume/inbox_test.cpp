#include "client/consume/inbox.hpp"

#include <gtest/gtest.h>

namespace kera {
namespace {

// The loop delivers while it answers something else, and takes nothing back for long.
TEST(InboxTest, takes_more_back_than_its_ring_holds) {
    constexpr int kMessages = 20'000;
    Inbox inbox(false);
    for (int message = 0; message < kMessages; ++message) {
        Received& received = inbox.fresh();
        received.parts.emplace_back();
        inbox.deliver(received);
        ReceivedPart* const part = inbox.next();
        ASSERT_NE(part, nullptr);
        inbox.finish(*part);
    }
    EXPECT_TRUE(inbox.has_returns());
    EXPECT_EQ(inbox.take_back([](Received&) {}), kMessages);
    EXPECT_FALSE(inbox.has_returns());
}

int finished_until_told(Inbox& inbox, std::uint64_t data_bytes) {
    for (int message = 1;; ++message) {
        Received& received = inbox.fresh();
        received.parts.emplace_back();
        received.data_bytes = data_bytes;
        inbox.deliver(received);
        if (inbox.finish(*inbox.next())) {
            return message;
        }
    }
}

TEST(InboxTest, asks_to_take_back_what_is_much) {
    Inbox inbox(true);
    EXPECT_EQ(finished_until_told(inbox, 1024), 32);
    EXPECT_EQ(finished_until_told(inbox, 10'000), 4);
    EXPECT_EQ(finished_until_told(inbox, 1'000'000), 1);
    EXPECT_EQ(finished_until_told(inbox, 1024), 32);
}

}  // namespace
}  // namespace kera
