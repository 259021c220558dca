// How long an open chunk of a producer waits for more records.
#include <gtest/gtest.h>

#include "client/produce/producer.hpp"
#include "client/testing/scripted_world.hpp"

namespace kera {
namespace {

TEST(LingeringProducerTest, lets_a_chunk_linger_for_more_records) {
    ScriptedWorld world;
    ProducerOptions options;
    options.linger_ns = 5 * kNanosPerMilli;
    Producer& producer = world.produce(options);
    world.transport->idle_step_ns = 0;
    ASSERT_TRUE(world.send(producer, "one").ok());
    world.clock.advance_ms(4);
    world.poll(3);
    EXPECT_TRUE(world.broker->seen.empty());
    ASSERT_TRUE(world.send(producer, "two").ok());
    world.clock.advance_ms(1);
    world.poll(3);
    ASSERT_EQ(world.broker->seen.size(), 1U);
    EXPECT_EQ(world.broker->seen[0].record_count, 2U);
}

TEST(LingeringProducerTest, sends_at_once_or_gathers_while_others_are_under_way) {
    ScriptedWorld world;
    Producer& producer = world.produce(ProducerOptions());
    world.transport->idle_step_ns = 0;
    world.broker->holds_appends = true;
    ASSERT_TRUE(world.send(producer, "alone").ok());
    world.poll(2);
    ASSERT_EQ(world.broker->held_appends.size(), 1U);
    ASSERT_TRUE(world.send(producer, "behind").ok());
    ASSERT_TRUE(world.send(producer, "it").ok());
    world.poll(10);
    EXPECT_EQ(world.broker->held_appends.size(), 1U);
    world.broker->holds_appends = false;
    world.broker->answer_held();
    world.poll(3);
    ASSERT_EQ(world.broker->seen.size(), 2U);
    EXPECT_EQ(world.broker->seen[1].record_count, 2U);
}

TEST(LingeringProducerTest, does_not_gather_for_longer_than_a_millisecond) {
    ScriptedWorld world;
    Producer& producer = world.produce(ProducerOptions());
    world.transport->idle_step_ns = 0;
    world.broker->holds_appends = true;
    ASSERT_TRUE(world.send(producer, "slow").ok());
    world.poll(2);
    ASSERT_TRUE(world.send(producer, "impatient").ok());
    world.poll(10);
    EXPECT_EQ(world.broker->held_appends.size(), 1U);
    world.clock.advance_ms(1);
    world.poll(2);
    EXPECT_EQ(world.broker->held_appends.size(), 2U);
}

}  // namespace
}  // namespace kera
