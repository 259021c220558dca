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

}  // namespace
}  // namespace kera
