// A consumer to which the broker pushes.
#include "client/consume/subscriber.hpp"

#include <gtest/gtest.h>

#include "client/testing/scripted_read_world.hpp"

namespace kera {
namespace {

ConsumerOptions pushed() {
    ConsumerOptions options;
    options.push = true;
    return options;
}

// A consumer with one subscription, to which the test pushes by hand.
struct PushWorld : ScriptedReadWorld {
    PushWorld() : consumer(consume(pushed())) {
        EXPECT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
        poll(5);
        EXPECT_EQ(broker->readers.subscriptions.size(), 1U);
    }
    std::int64_t subscription() { return broker->readers.subscriptions.begin()->first; }
    void push(const Push& frame) {
        FrameBuffer buffer;
        frame.encode(buffer);
        transport->answer(transport->connected(), buffer.frame());
    }

    Consumer& consumer;
};

TEST(SubscriberTest, is_pushed_to_within_its_credit) {
    ScriptedReadWorld world;
    ConsumerOptions options = pushed();
    options.credit_bytes = 700;
    Consumer& consumer = world.consume(options);
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::earliest()).ok());
    world.poll(5);
    ASSERT_EQ(world.broker->readers.subscriptions.size(), 1U);
    std::vector<std::string> expected;
    for (int number = 0; number < 30; ++number) {
        world.broker->keep(7, 0, chunk_of({std::to_string(number)}));
        expected.push_back(std::to_string(number));
    }
    world.poll(10);
    EXPECT_EQ(world.transport->inbounds_lent, 4);
    EXPECT_EQ(world.read(consumer, 50), expected);
    EXPECT_GT(world.broker->credit_given, 0);
    EXPECT_EQ(world.transport->inbounds_lent, 0);
    EXPECT_TRUE(world.broker->fetches.empty());
}

TEST(SubscriberTest, is_pushed_its_own_streamlets_beside_another_consumer_and_a_producer) {
    ScriptedReadWorld world;
    world.produce();
    Consumer& first = world.consume(pushed());
    Consumer& second = world.consume(pushed());
    ASSERT_TRUE(first.assign(kFirst, StartAt::earliest()).ok());
    ASSERT_TRUE(second.assign(kSecond, StartAt::earliest()).ok());
    world.broker->keep(7, 0, chunk_of({"of the first"}, 0));
    world.broker->keep(7, 1, chunk_of({"of the second"}, 1));
    EXPECT_EQ(world.read(second), (std::vector<std::string>{"of the second"}));
    EXPECT_EQ(world.read(first), (std::vector<std::string>{"of the first"}));
    ASSERT_TRUE(world.client->close_consumer(second).ok());
    world.broker->keep(7, 1, chunk_of({"for nobody"}, 1));
    world.broker->keep(7, 0, chunk_of({"more"}, 0));
    EXPECT_EQ(world.read(first), (std::vector<std::string>{"more"}));
    EXPECT_EQ(world.transport->inbounds_lent, 0);
}

TEST(SubscriberTest, subscribes_again_where_it_was_after_a_disconnect) {
    ScriptedReadWorld world;
    Consumer& consumer = world.consume(pushed());
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::earliest()).ok());
    world.broker->keep(7, 0, chunk_of({"a"}));
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"a"}));
    world.transport->cut();
    world.broker->keep(7, 0, chunk_of({"b"}));
    EXPECT_EQ(world.read(consumer, 500), (std::vector<std::string>{"b"}));
    ASSERT_TRUE(consumer.pause(kFirst).ok());
    world.poll(5);
    EXPECT_TRUE(world.broker->readers.subscriptions.empty());
    ASSERT_TRUE(consumer.seek(kFirst, StartAt::at(Offset(0))).ok());
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"a", "b"}));
}

TEST(SubscriberTest, drops_what_is_pushed_to_a_subscription_that_has_ended) {
    PushWorld world;
    Push late;
    late.subscription = world.subscription();
    late.next_offset = Offset(1);
    late.data_bytes = 4096;
    ASSERT_TRUE(world.consumer.pause(kFirst).ok());
    world.push(late);
    late.subscription = 1'000;
    world.push(late);
    world.poll(5);
    EXPECT_EQ(world.transport->connects_at_ns.size(), 1U) << "the session goes on";
    EXPECT_EQ(world.transport->inbounds_lent, 0);
}

TEST(SubscriberTest, leaves_a_broker_whose_push_holds_less_than_it_says) {
    PushWorld world;
    Push lying;
    lying.subscription = world.subscription();
    lying.next_offset = Offset(5);
    lying.data_bytes = 4096;
    FrameBuffer buffer;
    lying.encode(buffer);
    std::vector<std::byte> cut(buffer.frame().begin(), buffer.frame().end());
    store_le<std::uint32_t>(cut.data(), static_cast<std::uint32_t>(cut.size()));
    world.transport->answer(world.transport->connected(), cut);
    world.broker->keep(7, 0, chunk_of({"true"}));
    EXPECT_EQ(world.read(world.consumer, 2000), (std::vector<std::string>{"true"}));
    EXPECT_EQ(world.transport->connects_at_ns.size(), 2U);
}

TEST(SubscriberTest, tells_of_an_error_that_ends_a_subscription_and_where_to_go_on) {
    PushWorld world;
    Push end;
    end.subscription = world.subscription();
    end.next_offset = Offset(1);
    end.code = ErrorCode::corrupt;
    world.push(end);
    world.read(world.consumer);
    ASSERT_EQ(world.errors.size(), 1U);
    EXPECT_EQ(world.errors[0], fail(ErrorCode::corrupt, "subscription", 1, 0));
    world.broker->readers.subscriptions.clear();
    world.broker->keep(7, 0, chunk_of({"bad"}));
    world.broker->keep(7, 0, chunk_of({"good"}));
    ASSERT_TRUE(world.consumer.seek(kFirst, StartAt::at(Offset(1))).ok());
    EXPECT_EQ(world.read(world.consumer), (std::vector<std::string>{"good"}));
}

TEST(SubscriberTest, subscribes_again_when_the_broker_ends_a_subscription_for_a_while) {
    PushWorld world;
    Push end;
    end.subscription = world.subscription();
    end.code = ErrorCode::not_leader;
    world.push(end);
    world.broker->readers.subscriptions.clear();
    world.broker->keep(7, 0, chunk_of({"a"}));
    EXPECT_EQ(world.read(world.consumer, 500), (std::vector<std::string>{"a"}));
    EXPECT_NE(world.subscription(), end.subscription);
    EXPECT_TRUE(world.errors.empty());
}

}  // namespace
}  // namespace kera
