#include <gtest/gtest.h>

#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

class SubscriptionsTest : public ::testing::Test {
  protected:
    SubscriptionsTest() {
        client.hello();
        stream = client.create("clicks");
    }

    void append(int chunks) {
        for (int i = 0; i < chunks; ++i) {
            ASSERT_EQ(client.append({ChunkFor{}.in(stream).bytes()})[0].code, ErrorCode::ok);
        }
    }
    Result<DoneAnswer> subscribe(std::int64_t credit_bytes, Offset offset = Offset(0)) {
        return client.ask<DoneAnswer>(
            Subscribe{7, stream.stream, StreamletId(0), offset, credit_bytes});
    }
    Push next_push() {
        const ReceivedFrame frame = client.wait_for(kNoCorrelation);
        return Push::decode(frame.view()).value();
    }

    BrokerWorld world;
    RawClient client{world, "client", "sim:broker"};
    StreamAnswer stream;
};

TEST_F(SubscriptionsTest, pushes_what_is_there_and_what_comes) {
    append(1);
    ASSERT_TRUE(subscribe(1 << 20).ok());
    EXPECT_EQ(next_push().next_offset, Offset(3));
    append(1);
    EXPECT_EQ(next_push().next_offset, Offset(6));
}

TEST_F(SubscriptionsTest, stops_at_the_credit_and_goes_on_with_more) {
    append(3);
    const auto chunk_bytes = static_cast<std::int64_t>(ChunkFor{}.in(stream).size());
    ASSERT_TRUE(subscribe(chunk_bytes).ok());
    EXPECT_EQ(next_push().next_offset, Offset(3));
    world.run_ms(20);
    EXPECT_FALSE(client.has_frame());
    client.send_message(Credit{7, 2 * chunk_bytes}, kNoCorrelation);
    EXPECT_EQ(next_push().next_offset, Offset(9));
}

TEST_F(SubscriptionsTest, ends_with_a_last_push_when_the_stream_goes) {
    ASSERT_TRUE(subscribe(1 << 20).ok());
    ASSERT_TRUE(client.ask<DoneAnswer>(DeleteStream{stream.stream}).ok());
    EXPECT_EQ(next_push().code, ErrorCode::unknown_stream);
}

TEST_F(SubscriptionsTest, refuses_a_number_that_is_taken_and_an_offset_that_is_not_there) {
    ASSERT_TRUE(subscribe(100).ok());
    EXPECT_EQ(subscribe(100).error().code, ErrorCode::invalid_argument);
    ASSERT_TRUE(client.ask<DoneAnswer>(Unsubscribe{7}).ok());
    EXPECT_EQ(subscribe(100, Offset(5)).error().code, ErrorCode::offset_out_of_range);
    EXPECT_EQ(subscribe(-1).error().code, ErrorCode::limit_exceeded);
}

TEST_F(SubscriptionsTest, a_subscriber_that_vanishes_is_forgotten) {
    {
        RawClient other(world, "other", "sim:broker");
        other.hello();
        ASSERT_TRUE(
            other.ask<DoneAnswer>(Subscribe{1, stream.stream, StreamletId(0), Offset(0), 1 << 20})
                .ok());
        other.disconnect();
    }
    append(2);
    EXPECT_TRUE(
        world.run_until([this] { return world.core().reactor(ReactorId(0)).quiet(); }, 10'000));
}

}  // namespace
}  // namespace kera
