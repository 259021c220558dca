// Producers and their memory: bounds, back-pressure, large records, lent memory.
#include "client/send/chunk_pool.hpp"

#include <gtest/gtest.h>

#include "client/testing/scripted_world.hpp"

namespace kera {
namespace {

// Chunks that are sent at once.
ProducerOptions of_16_kib() {
    ProducerOptions options;
    options.linger_ns = 0;
    options.chunk_bytes = 16_KiB;
    return options;
}

TEST(ChunkPoolTest, gives_a_large_record_a_chunk_of_its_own_size) {
    ScriptedWorld world;
    Producer& producer = world.produce();
    const std::string large(1 << 20, 'L');
    ASSERT_TRUE(world.send(producer, "small").ok());
    ASSERT_TRUE(world.send(producer, large).ok());
    ASSERT_TRUE(world.send(producer, "after").ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    const std::vector<std::string> values = world.broker->values(7, 0);
    ASSERT_EQ(values.size(), 3U);
    EXPECT_EQ(values[0], "small");
    EXPECT_EQ(values[1], large);
    EXPECT_EQ(values[2], "after");
}

TEST(ChunkPoolTest, refuses_a_record_that_fits_no_chunk) {
    ScriptedWorld world;
    Producer& producer = world.produce();
    world.broker->seen.clear();
    const Result<Claim> claim = producer.claim(world.stream, StreamletId(0), 40U << 20U);
    ASSERT_FALSE(claim.ok());
    EXPECT_EQ(claim.error().code, ErrorCode::limit_exceeded);
    EXPECT_EQ(claim.error().limit, 32 << 20);
    EXPECT_FALSE(producer.claim(world.stream, StreamletId(0), 65U << 20U).ok());
    EXPECT_TRUE(world.send(producer, "still fine").ok());
}

TEST(ChunkPoolTest, says_when_its_memory_is_used_up) {
    ScriptedWorld world;
    ProducerOptions options;
    options.chunk_bytes = 1024;
    options.memory_bytes = 8 * 1024;
    options.streamlet_chunks_max = 100;
    options.max_block_ns = 0;
    Producer& producer = world.produce(options);
    world.broker->holds_appends = true;
    Result<void> sent;
    int taken = 0;
    for (; taken < 100; ++taken) {
        sent = world.send(producer, std::string(800, 'x'));
        if (!sent.ok()) {
            break;
        }
    }
    EXPECT_EQ(taken, 8);
    EXPECT_EQ(sent.error().code, ErrorCode::buffer_exhausted);
    EXPECT_EQ(sent.error().limit, 8 * 1024);
    world.broker->holds_appends = false;
    world.broker->answer_held();
    world.poll(4);
    EXPECT_TRUE(world.send(producer, "room again").ok());
}

TEST(ChunkPoolTest, blocks_until_there_is_room_or_the_deadline) {
    ScriptedWorld world;
    ProducerOptions options;
    options.chunk_bytes = 1024;
    options.memory_bytes = 4 * 1024;
    options.max_block_ns = kNanosPerSecond;
    Producer& producer = world.produce(options);
    world.broker->holds_appends = true;
    for (int record = 0; record < 4; ++record) {
        ASSERT_TRUE(world.send(producer, std::string(800, 'x')).ok());
    }
    const std::int64_t before_ns = world.clock.now_ns();
    const Result<void> sent = world.send(producer, std::string(800, 'x'));
    EXPECT_EQ(sent.error().code, ErrorCode::buffer_exhausted);
    EXPECT_GE(world.clock.now_ns() - before_ns, kNanosPerSecond);
    // Answers that come while it blocks make it go on.
    world.broker->holds_appends = false;
    bool answered = false;
    const auto serve = world.transport->on_round;
    world.transport->on_round = [&] {
        if (!std::exchange(answered, true)) {
            world.broker->answer_held();
        }
        serve();
    };
    EXPECT_TRUE(world.send(producer, std::string(800, 'x')).ok());
    EXPECT_TRUE(answered);
}

TEST(ChunkPoolTest, seals_open_chunks_when_other_streamlets_need_the_memory) {
    ScriptedWorld world;
    ProducerOptions options;
    options.chunk_bytes = 1024;
    options.memory_bytes = 4 * 1024;
    options.linger_ns = 3600 * kNanosPerSecond;
    Producer& producer = world.produce(options, 50);
    for (std::int32_t streamlet = 0; streamlet < 50; ++streamlet) {
        ASSERT_TRUE(world.send(producer, "x", streamlet).ok());
    }
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.outcomes.size(), 50U);
}

TEST(ChunkPoolTest, bounds_what_one_streamlet_holds) {
    ScriptedWorld world;
    ProducerOptions options;
    options.chunk_bytes = 1024;
    options.streamlet_chunks_max = 6;
    options.max_block_ns = 0;
    Producer& producer = world.produce(options, 2);
    world.broker->holds_appends = true;
    int taken = 0;
    while (world.send(producer, std::string(800, 'x'), 0).ok()) {
        ASSERT_LT(++taken, 100);
    }
    EXPECT_EQ(taken, 6);
    EXPECT_TRUE(world.send(producer, std::string(800, 'x'), 1).ok());
}

TEST(ChunkPoolTest, keeps_memory_until_the_transport_has_let_go_of_it) {
    ScriptedWorld world;
    ProducerOptions options;
    options.chunk_bytes = 1024;
    options.memory_bytes = 2 * 1088;
    options.max_block_ns = 0;
    options.linger_ns = 0;
    Producer& producer = world.produce(options);
    world.transport->releases_tokens = false;
    ASSERT_TRUE(world.send(producer, std::string(800, 'x')).ok());
    ASSERT_TRUE(world.send(producer, std::string(800, 'x')).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.send(producer, "x").error().code, ErrorCode::buffer_exhausted);
    world.transport->releases_tokens = true;
    world.poll(2);
    EXPECT_TRUE(world.send(producer, "x").ok());
}

TEST(ChunkPoolTest, builds_chunks_in_the_memory_that_the_transport_lends) {
    ScriptedWorld world;
    world.transport->shared_memory.resize(64_KiB);
    ASSERT_TRUE(world.client->await_session(kNanosPerSecond).ok());
    Producer& producer = world.produce(of_16_kib());
    Result<Claim> claim = producer.claim(world.stream, StreamletId(0), 8);
    ASSERT_TRUE(claim.ok());
    const std::byte* memory = world.transport->shared_memory.data();
    EXPECT_GE(claim->value.data(), memory);
    EXPECT_LT(claim->value.data(), memory + 64_KiB);
    producer.abort();
}

TEST(ChunkPoolTest, shares_lent_memory_with_other_producers_without_overlap) {
    ScriptedWorld world;
    world.transport->shared_memory.resize(64_KiB);
    ASSERT_TRUE(world.client->await_session(kNanosPerSecond).ok());
    ProducerOptions options = of_16_kib();
    options.memory_bytes = 48_KiB;
    Producer& first = world.produce(options);
    Producer* second = world.client->open_producer(options).value();
    const StreamHandle stream = second->attach(ScriptedWorld::kStream, 1).value();
    const std::byte* one = first.claim(world.stream, StreamletId(0), 8)->value.data();
    const std::byte* other = second->claim(stream, StreamletId(0), 8)->value.data();
    const std::byte* memory = world.transport->shared_memory.data();
    EXPECT_LT(one, memory + 48_KiB);
    // Too little is left for the second, so it brings its own.
    EXPECT_TRUE(other < memory || other >= memory + 64_KiB);
    first.abort();
    second->abort();
    ASSERT_TRUE(world.client->close_producer(first).ok());
    world.poll(2);
    Producer& third = world.produce(options);
    const std::byte* again = third.claim(world.stream, StreamletId(0), 8)->value.data();
    EXPECT_EQ(again, one);
    third.abort();
}

}  // namespace
}  // namespace kera
