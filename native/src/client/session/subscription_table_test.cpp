#include "client/session/subscription_table.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace kera {
namespace {

class Reader final : public SubscriptionOwner {
  public:
    void on_push(std::uint32_t cookie, const Push& push, Inbound&) override {
        cookies.push_back(cookie);
        on_each(push);
    }

    std::vector<std::uint32_t> cookies;
    std::function<void(const Push&)> on_each = [](const Push&) {};
};

bool deliver(SubscriptionTable& table, std::int64_t subscription) {
    Push push;
    push.subscription = subscription;
    FrameBuffer buffer;
    push.encode(buffer);
    Inbound message;
    return table.deliver(FrameView::over(buffer.frame(), kFrameBytesBeforeHello).value(), message);
}

TEST(SubscriptionTableTest, hands_each_push_to_its_reader) {
    SubscriptionTable table;
    Reader first;
    Reader second;
    const std::int64_t ours = table.open(first, 10);
    const std::int64_t others = table.open(second, 20);
    const std::int64_t ours_too = table.open(first, 11);
    EXPECT_TRUE(deliver(table, ours_too));
    EXPECT_TRUE(deliver(table, others));
    EXPECT_TRUE(deliver(table, ours));
    EXPECT_EQ(first.cookies, (std::vector<std::uint32_t>{11, 10}));
    EXPECT_EQ(second.cookies, (std::vector<std::uint32_t>{20}));
}

TEST(SubscriptionTableTest, drops_what_comes_after_the_end) {
    SubscriptionTable table;
    Reader reader;
    const std::int64_t ended = table.open(reader, 1);
    table.close(ended);
    table.close(ended);
    const std::int64_t next = table.open(reader, 2);
    EXPECT_NE(next, ended);
    EXPECT_FALSE(deliver(table, ended));
    EXPECT_FALSE(deliver(table, next + 1));
    EXPECT_TRUE(reader.cookies.empty());
}

TEST(SubscriptionTableTest, leaves_frames_alone_that_are_no_pushes) {
    SubscriptionTable table;
    Reader reader;
    table.open(reader, 1);
    Credit credit;
    credit.subscription = 1;
    FrameBuffer buffer;
    ASSERT_TRUE(encode_message(credit, buffer, kNoCorrelation).ok());
    Inbound message;
    EXPECT_FALSE(
        table.deliver(FrameView::over(buffer.frame(), kFrameBytesBeforeHello).value(), message));
    EXPECT_TRUE(reader.cookies.empty());
}

TEST(SubscriptionTableTest, lets_a_reader_end_its_subscription_and_open_others_meanwhile) {
    SubscriptionTable table;
    Reader reader;
    reader.on_each = [&](const Push& push) {
        table.close(push.subscription);
        for (std::uint32_t cookie = 100; cookie < 200; ++cookie) {
            table.open(reader, cookie);
        }
    };
    const std::int64_t subscription = table.open(reader, 1);
    EXPECT_TRUE(deliver(table, subscription));
    EXPECT_FALSE(deliver(table, subscription));
}

}  // namespace
}  // namespace kera
