// What open producers and consumers do when the broker says, or answers, that a stream has grown.
#include "client/session/stream_growth.hpp"

#include <gtest/gtest.h>

#include <set>

#include "client/testing/scripted_outside_writer.hpp"
#include "client/testing/scripted_read_world.hpp"
#include "client/testing/scripted_records.hpp"

namespace kera {
namespace {

// A broker that tells of growth, and has the stream of the world.
struct GrowingWorld : ScriptedReadWorld {
    explicit GrowingWorld(std::uint32_t features = kFeatureStreamGrown) {
        broker->greeting.features = features;
        have(1);
    }
    void have(std::int32_t streamlets) {
        StreamAnswer& growing = broker->streams["growing"];
        growing.stream = kStream;
        growing.name = "growing";
        growing.settings.streamlets = streamlets;
    }
    void grow(std::int32_t streamlets) {
        have(streamlets);
        broker->answer(StreamGrown{kStream, streamlets}, kNoCorrelation);
        poll(3);
    }
    int described() { return broker->requests[Template::describe_stream]; }
    // Sends records until each of so many streamlets has got one; how many have.
    std::size_t fill(Producer& producer, std::int32_t streamlets) {
        for (int record = 0; record < 64 * streamlets; ++record) {
            EXPECT_TRUE(producer.send({stream, kAnyStreamlet}, {{}, {}, as_bytes("any")}).ok());
            EXPECT_TRUE(producer.flush(soon_ns()).ok());
        }
        std::set<StreamletId> used;
        for (const ChunkInfo& chunk : broker->seen) {
            used.insert(chunk.streamlet);
        }
        return used.size();
    }
};

TEST(StreamGrowthTest, an_open_producer_uses_new_streamlets_by_chance_by_key_and_by_number) {
    GrowingWorld world;
    Producer& producer = world.produce();
    EXPECT_EQ(world.fill(producer, 1), 1U);
    world.grow(4);
    EXPECT_EQ(producer.streamlets(world.stream), 4);
    EXPECT_EQ(world.fill(producer, 4), 4U);
    world.grow(9);
    const Bytes key = as_bytes("a key");
    const std::int32_t streamlet = streamlet_of_key(key, 9).value();
    ASSERT_TRUE(producer.send({world.stream, kAnyStreamlet}, {{&key, 1}, {}, as_bytes("k")}).ok());
    ASSERT_TRUE(world.send(producer, "by number", 8).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->seen.size(), 64U * 5 + 2);
    EXPECT_EQ(world.broker->values(7, streamlet).back(), "k");
    EXPECT_EQ(world.broker->values(7, 8).back(), "by number");
    EXPECT_EQ(world.send(producer, "none", 9).error(),
              fail(ErrorCode::invalid_argument, "streamlet", 8, 9));
}

TEST(StreamGrowthTest, a_record_that_was_placed_before_the_growth_stays_where_it_is) {
    GrowingWorld world;
    ProducerOptions patient;
    patient.linger_ns = kNanosPerSecond;
    Producer& producer = world.produce(patient);
    ASSERT_TRUE(world.send(producer, "before").ok());
    ASSERT_TRUE(producer.claim(world.stream, StreamletId(0), 5).ok());
    world.grow(50);
    ASSERT_TRUE(producer.abort());
    ASSERT_TRUE(world.send(producer, "after", 49).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), std::vector<std::string>{"before"});
    EXPECT_EQ(world.broker->values(7, 49), std::vector<std::string>{"after"});
}

TEST(StreamGrowthTest, growth_that_came_before_a_stream_was_attached_is_asked_for) {
    GrowingWorld world;
    Producer& producer = *world.client->open_producer({}).value();
    world.grow(3);
    // As if it had been described before the growth.
    world.stream = producer.attach(ScriptedWorld::kStream, 1).value();
    world.poll(3);
    EXPECT_EQ(producer.streamlets(world.stream), 3);
    EXPECT_EQ(world.described(), 1);
}

TEST(StreamGrowthTest, growth_while_the_session_was_lost_is_asked_for) {
    GrowingWorld world;
    Producer& producer = world.produce();
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign_stream(ScriptedWorld::kStream, 1, StartAt::earliest()).ok());
    world.poll(3);
    world.have(6);
    world.broker->keep(7, 5, chunk_of({"new"}, 5));
    world.client->loop().run([&] {
        world.client->loop().connection().restart({ErrorCode::disconnected, "test", 0, 0});
    });
    EXPECT_EQ(world.read(consumer, 400), std::vector<std::string>{"new"});
    EXPECT_EQ(producer.streamlets(world.stream), 6);
    EXPECT_EQ(consumer.streamlets(ScriptedWorld::kStream), 6);
}

TEST(StreamGrowthTest, a_question_that_the_broker_cannot_answer_now_is_asked_again) {
    GrowingWorld world;
    int refusals = 3;
    world.broker->on_request = [&](const FrameView& frame) {
        const bool refuses =
            frame.header().template_id == static_cast<std::uint16_t>(Template::describe_stream) &&
            refusals-- > 0;
        if (refuses) {
            world.broker->refuse(frame, {ErrorCode::would_block, "stream_changes", 1, 1});
        }
        return refuses;
    };
    Producer& producer = *world.client->open_producer({}).value();
    world.have(2);
    world.stream = producer.attach(ScriptedWorld::kStream, 1).value();
    world.client->loop().wait_until(world.soon_ns(),
                                    [&] { return producer.streamlets(world.stream) == 2; });
    EXPECT_EQ(producer.streamlets(world.stream), 2);
    EXPECT_EQ(world.described(), 4);
}

TEST(StreamGrowthTest, a_consumer_of_the_whole_stream_reads_new_streamlets_from_their_beginning) {
    GrowingWorld world;
    world.broker->keep(7, 0, chunk_of({"old"}));
    world.broker->keep(7, 1, chunk_of({"first of the new"}, 1));
    Consumer& whole = world.consume();
    Consumer& part = world.consume();
    ASSERT_TRUE(whole.assign_stream(ScriptedWorld::kStream, 1, StartAt::latest()).ok());
    ASSERT_TRUE(part.assign(kFirst, StartAt::earliest()).ok());
    EXPECT_TRUE(world.read(whole).empty());
    EXPECT_EQ(world.read(part), std::vector<std::string>{"old"});
    world.grow(3);
    EXPECT_EQ(world.read(whole), std::vector<std::string>{"first of the new"});
    world.broker->keep(7, 2, chunk_of({"later"}, 2));
    EXPECT_EQ(world.read(whole), std::vector<std::string>{"later"});
    EXPECT_TRUE(world.read(part).empty());
    EXPECT_EQ(whole.streamlets(ScriptedWorld::kStream), 3);
    EXPECT_EQ(part.streamlets(ScriptedWorld::kStream), 0);
}

TEST(StreamGrowthTest, a_consumer_that_waits_goes_on_with_what_is_in_a_new_streamlet) {
    GrowingWorld world;
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign_stream(ScriptedWorld::kStream, 1, StartAt::earliest()).ok());
    EXPECT_FALSE(consumer.await(world.clock.now_ns() + kNanosPerMilli));
    world.have(2);
    world.broker->keep(7, 1, chunk_of({"new"}, 1));
    world.broker->answer(StreamGrown{ScriptedWorld::kStream, 2}, kNoCorrelation);
    EXPECT_TRUE(consumer.await(world.soon_ns()));
    EXPECT_EQ(world.read(consumer), std::vector<std::string>{"new"});
}

TEST(StreamGrowthTest, a_new_streamlet_that_was_assigned_by_hand_is_left_alone) {
    GrowingWorld world;
    world.broker->keep(7, 1, chunk_of({"a", "b"}, 1));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign_stream(ScriptedWorld::kStream, 1, StartAt::earliest()).ok());
    ASSERT_TRUE(consumer.assign(kSecond, StartAt::at(Offset(1))).ok());
    world.grow(2);
    EXPECT_EQ(world.read(consumer), std::vector<std::string>{"b"});
}

TEST(StreamGrowthTest, a_shared_producers_outside_thread_is_told_and_may_use_the_new_streamlet) {
    GrowingWorld world;
    SharedProducer& producer = *world.client->open_shared_producer(small_chunks()).value();
    const std::uint32_t handle = producer.attach(ScriptedWorld::kStream, 1).value();
    ScriptedOutsideWriter outside(producer.area());
    world.poll(3);
    outside.listen();
    EXPECT_TRUE(outside.grown.empty());
    world.grow(3);
    outside.listen();
    ASSERT_EQ(outside.grown.size(), 1U);
    EXPECT_EQ(outside.grown[0].stream, handle);
    EXPECT_EQ(outside.grown[0].streamlets, 3);
    outside.want(producer.area().chunk_bytes);
    world.poll(1);
    outside.listen();
    ASSERT_TRUE(outside.begin(handle, 2));
    ASSERT_TRUE(outside.add("new"));
    outside.full();
    world.poll(4);
    EXPECT_EQ(world.broker->values(7, 2), std::vector<std::string>{"new"});
}

TEST(StreamGrowthTest, a_broker_without_the_feature_is_asked_nothing) {
    GrowingWorld world(0);
    Producer& producer = world.produce();
    world.have(2);
    world.poll(10);
    EXPECT_EQ(world.described(), 0);
    EXPECT_EQ(producer.streamlets(world.stream), 1);
}

TEST(StreamGrowthTest, impossible_numbers_and_other_streams_change_nothing) {
    GrowingWorld world;
    Producer& producer = world.produce();
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign_stream(ScriptedWorld::kStream, 1, StartAt::earliest()).ok());
    for (const std::int32_t streamlets : {0, -7, kStreamletsMax + 1, INT32_MAX}) {
        world.broker->answer(StreamGrown{ScriptedWorld::kStream, streamlets}, kNoCorrelation);
    }
    world.broker->answer(StreamGrown{StreamId(99), 5}, kNoCorrelation);
    world.poll(3);
    EXPECT_TRUE(world.read(consumer).empty());
    EXPECT_EQ(producer.streamlets(world.stream), 1);
    EXPECT_EQ(consumer.streamlets(ScriptedWorld::kStream), 1);
    EXPECT_EQ(consumer.assign_stream(StreamId(8), 0, StartAt::earliest()).error(),
              fail(ErrorCode::invalid_argument, "streamlets", kStreamletsMax, 0));
}

}  // namespace
}  // namespace kera
