// Producers against a scripted broker: batching, numbering, outcomes.
#include "client/produce/producer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <set>
#include <stdexcept>

#include "base/testing/lowered_limit.hpp"
#include "client/produce/partitioner.hpp"
#include "client/testing/scripted_world.hpp"

namespace kera {
namespace {

ProducerOptions at_once() {
    ProducerOptions options;
    options.linger_ns = 0;
    return options;
}

TEST(ProducerTest, delivers_what_was_claimed_and_committed) {
    ScriptedWorld world;
    Producer& producer = world.produce();
    Result<Claim> claim = producer.claim(world.stream, StreamletId(0), 5);
    ASSERT_TRUE(claim.ok());
    copy_bytes(claim->value.data(), as_bytes("hello").data(), 5);
    producer.commit();
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), (std::vector<std::string>{"hello"}));
    ASSERT_EQ(world.outcomes.size(), 1U);
    EXPECT_EQ(world.outcomes[0].error.code, ErrorCode::ok);
    EXPECT_EQ(world.outcomes[0].base_offset, Offset(0));
    EXPECT_EQ(world.outcomes[0].record_count, 1U);
}

TEST(ProducerTest, forgets_an_aborted_claim) {
    ScriptedWorld world;
    Producer& producer = world.produce();
    ASSERT_TRUE(producer.claim(world.stream, StreamletId(0), 100).ok());
    producer.abort();
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_TRUE(world.broker->seen.empty());
    ASSERT_TRUE(world.send(producer, "kept").ok());
    ASSERT_TRUE(producer.claim(world.stream, StreamletId(0), 100).ok());
    producer.abort();
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), (std::vector<std::string>{"kept"}));
}

TEST(ProducerTest, refuses_a_second_claim_while_one_is_open) {
    ScriptedWorld world;
    Producer& producer = world.produce();
    ASSERT_TRUE(producer.claim(world.stream, StreamletId(0), 10).ok());
    EXPECT_EQ(producer.claim(world.stream, StreamletId(0), 10).error().code,
              ErrorCode::invalid_argument);
    EXPECT_FALSE(producer.flush(world.soon_ns()).ok());
    producer.abort();
}

TEST(ProducerTest, does_not_send_a_record_that_is_still_being_written) {
    ScriptedWorld world;
    Producer& producer = world.produce();
    ASSERT_TRUE(producer.claim(world.stream, StreamletId(0), 10).ok());
    world.poll(100);
    EXPECT_TRUE(world.broker->seen.empty());
    producer.commit();
    world.poll(2);
    EXPECT_EQ(world.broker->seen.size(), 1U);
}

TEST(ProducerTest, fills_chunks_up_to_their_size) {
    ScriptedWorld world;
    ProducerOptions options;
    options.chunk_bytes = 4096;
    Producer& producer = world.produce(options);
    const std::string value(100, 'v');
    for (int record = 0; record < 1000; ++record) {
        ASSERT_TRUE(world.send(producer, value).ok());
    }
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0).size(), 1000U);
    for (std::size_t chunk = 0; chunk + 1 < world.broker->seen.size(); ++chunk) {
        EXPECT_GT(world.broker->seen[chunk].chunk_bytes, 4096U - 120U);
        EXPECT_LE(world.broker->seen[chunk].chunk_bytes, 4096U);
    }
}

TEST(ProducerTest, numbers_records_of_each_streamlet_from_zero) {
    ScriptedWorld world;
    Producer& producer = world.produce(at_once(), 2);
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(world.send(producer, "a", 0).ok());
        ASSERT_TRUE(world.send(producer, "b", 0).ok());
        ASSERT_TRUE(world.send(producer, "c", 1).ok());
        ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    }
    std::vector<std::int32_t> first;
    std::vector<std::int32_t> second;
    for (const ChunkInfo& chunk : world.broker->seen) {
        EXPECT_EQ(chunk.producer, ProducerId(100));
        (chunk.streamlet == StreamletId(0) ? first : second).push_back(chunk.base_sequence.value());
    }
    EXPECT_EQ(first, (std::vector<std::int32_t>{0, 2, 4}));
    EXPECT_EQ(second, (std::vector<std::int32_t>{0, 1, 2}));
}

TEST(ProducerTest, keeps_at_most_sixteen_chunks_of_a_streamlet_in_flight) {
    ScriptedWorld world;
    ProducerOptions options;
    options.chunk_bytes = 1024;
    options.streamlet_chunks_max = 32;
    Producer& producer = world.produce(options);
    world.broker->holds_appends = true;
    for (int record = 0; record < 20; ++record) {
        ASSERT_TRUE(world.send(producer, std::string(800, 'x')).ok());
    }
    world.poll(10);
    EXPECT_EQ(world.broker->held_appends.size(), 16U);
    world.broker->holds_appends = false;
    world.broker->answer_held();
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0).size(), 20U);
}

TEST(ProducerTest, puts_chunks_of_several_streamlets_into_one_frame) {
    ScriptedWorld world;
    ProducerOptions options;
    options.linger_ns = kNanosPerMilli;
    Producer& producer = world.produce(options, 200);
    world.transport->bodies_sent.clear();
    for (std::int32_t streamlet = 0; streamlet < 200; ++streamlet) {
        ASSERT_TRUE(world.send(producer, "x", streamlet).ok());
    }
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    ASSERT_EQ(world.outcomes.size(), 200U);
    const auto frames =
        std::count_if(world.transport->bodies_sent.begin(), world.transport->bodies_sent.end(),
                      [](std::uint32_t chunks) { return chunks > 0; });
    // The transport takes 64 spans at a time.
    EXPECT_EQ(frames, 4);
}

TEST(ProducerTest, respects_how_many_requests_the_broker_takes) {
    ScriptedWorld world;
    world.broker->greeting.requests_in_flight_max = 3;
    ProducerOptions options;
    options.chunk_bytes = 1024;
    Producer& producer = world.produce(options, 8);
    world.broker->holds_appends = true;
    for (std::int32_t streamlet = 0; streamlet < 8; ++streamlet) {
        ASSERT_TRUE(world.send(producer, std::string(800, 'x'), streamlet).ok());
    }
    world.poll(10);
    // One is left for others, who want to ask something.
    EXPECT_EQ(world.broker->held_appends.size(), 2U);
    world.broker->holds_appends = false;
    world.broker->answer_held();
    EXPECT_TRUE(producer.flush(world.soon_ns()).ok());
}

TEST(ProducerTest, returns_each_record_s_token) {
    ScriptedWorld world;
    ProducerOptions options = at_once();
    options.record_tokens = true;
    Producer& producer = world.produce(options);
    for (std::uint64_t token = 10; token < 15; ++token) {
        ASSERT_TRUE(world.send(producer, "x", 0, token).ok());
    }
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.tokens, (std::vector<std::uint64_t>{10, 11, 12, 13, 14}));
}

TEST(ProducerTest, queues_outcomes_for_callers_that_want_no_callback) {
    ScriptedWorld world;
    ProducerOptions options = at_once();
    options.queue_outcomes = true;
    options.record_tokens = true;
    options.chunk_bytes = 16_KiB;
    options.memory_bytes = 64_KiB;
    Producer& producer = world.produce(options);
    EXPECT_FALSE(producer.take_outcome().has_value());
    for (std::uint64_t round = 0; round < 20; ++round) {
        ASSERT_TRUE(world.send(producer, "x", 0, round).ok());
        ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
        world.poll(1);
        const std::optional<BatchOutcome> outcome = producer.take_outcome();
        ASSERT_TRUE(outcome.has_value());
        EXPECT_EQ(outcome->base_offset, Offset(static_cast<std::int64_t>(round)));
        ASSERT_EQ(outcome->tokens.size(), 1U);
        EXPECT_EQ(outcome->tokens[0], round);
    }
    EXPECT_FALSE(producer.take_outcome().has_value());
}

TEST(ProducerTest, gives_the_same_streamlet_to_the_same_key) {
    ScriptedWorld world;
    Producer& producer = world.produce(at_once(), 16);
    for (int round = 0; round < 3; ++round) {
        for (int key = 0; key < 64; ++key) {
            const std::string text = "key-" + std::to_string(key);
            const std::array<Bytes, 1> keys{as_bytes(text)};
            ASSERT_TRUE(producer.send({world.stream}, {keys, {}, as_bytes(text)}).ok());
        }
    }
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    int found = 0;
    for (std::int32_t streamlet = 0; streamlet < 16; ++streamlet) {
        for (const std::string& value : world.broker->values(7, streamlet)) {
            EXPECT_EQ(streamlet_of_key(as_bytes(value), 16), StreamletId(streamlet));
            ++found;
        }
    }
    EXPECT_EQ(found, 192);
}

TEST(ProducerTest, stays_with_one_streamlet_while_its_chunk_is_open_and_then_moves) {
    ScriptedWorld world;
    Producer& producer = world.produce(at_once(), 64);
    std::set<std::int32_t> used;
    for (int round = 0; round < 40; ++round) {
        const std::size_t before = world.broker->seen.size();
        for (int record = 0; record < 5; ++record) {
            ASSERT_TRUE(producer.send({world.stream}, {{}, {}, as_bytes("x")}).ok());
        }
        ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
        ASSERT_EQ(world.broker->seen.size(), before + 1);
        EXPECT_EQ(world.broker->seen.back().record_count, 5U);
        used.insert(world.broker->seen.back().streamlet.value());
    }
    EXPECT_GT(used.size(), 10U);
}

TEST(ProducerTest, sends_many_values_in_one_call) {
    ScriptedWorld world;
    Producer& producer = world.produce(at_once());
    std::vector<std::string> texts;
    for (int value = 0; value < 5000; ++value) {
        texts.push_back("value " + std::to_string(value));
    }
    std::vector<Bytes> values;
    for (const std::string& text : texts) {
        values.push_back(as_bytes(text));
    }
    const Result<std::size_t> sent = producer.send_many({world.stream, StreamletId(0)}, values);
    ASSERT_TRUE(sent.ok());
    EXPECT_EQ(*sent, 5000U);
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), texts);
}

TEST(ProducerTest, keeps_the_times_it_is_given_however_far_apart) {
    ScriptedWorld world;
    Producer& producer = world.produce(at_once());
    const RecordContent content{{}, {}, as_bytes("x")};
    for (const std::int64_t time :
         {std::int64_t{1000}, std::int64_t{1500}, std::int64_t{1} << 40}) {
        ASSERT_TRUE(producer.send({world.stream, StreamletId(0), time}, content).ok());
    }
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    ASSERT_EQ(world.broker->seen.size(), 2U);
    EXPECT_EQ(world.broker->seen[0].first_timestamp_ms, 1000);
    EXPECT_EQ(world.broker->seen[0].max_timestamp_ms, 1500);
    EXPECT_EQ(world.broker->seen[1].first_timestamp_ms, std::int64_t{1} << 40);
}

TEST(ProducerTest, takes_the_time_of_the_clock_otherwise) {
    ScriptedWorld world;
    Producer& producer = world.produce(at_once());
    ASSERT_TRUE(world.send(producer, "x").ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_GE(world.broker->seen[0].first_timestamp_ms, ScriptedWorld::kEpochMs);
}

TEST(ProducerTest, keeps_the_clock_and_a_time_far_from_it_in_chunks_of_their_own) {
    ScriptedWorld world;
    Producer& producer = world.produce(at_once());
    const RecordContent content{{}, {}, as_bytes("x")};
    ASSERT_TRUE(producer.send({world.stream, StreamletId(0), 1000}, content).ok());
    ASSERT_TRUE(world.send(producer, "x").ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    ASSERT_EQ(world.broker->seen.size(), 2U);
    EXPECT_EQ(world.broker->seen[0].max_timestamp_ms, 1000);
    EXPECT_GE(world.broker->seen[1].first_timestamp_ms, ScriptedWorld::kEpochMs);
}

TEST(ProducerTest, waits_for_no_answer_when_none_was_asked_for) {
    ScriptedWorld world;
    ProducerOptions options = at_once();
    options.acks = AckLevel::none;
    Producer& producer = world.produce(options);
    world.transport->releases_tokens = false;
    ASSERT_TRUE(world.send(producer, "x").ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    world.poll(2);
    EXPECT_EQ(world.broker->values(7, 0), (std::vector<std::string>{"x"}));
    EXPECT_EQ(world.broker->seen[0].producer, kNoProducer);
    ASSERT_EQ(world.outcomes.size(), 1U);
    EXPECT_EQ(world.outcomes[0].base_offset, Offset(-1));
    world.transport->releases_tokens = true;
    world.poll(2);
}

TEST(ProducerTest, refuses_options_that_make_no_sense) {
    ProducerOptions options;
    options.chunk_bytes = 100;
    EXPECT_FALSE(options.check().ok());
    options = {};
    options.memory_bytes = 1000;
    EXPECT_FALSE(options.check().ok());
    options = {};
    options.linger_ns = -1;
    EXPECT_FALSE(options.check().ok());
    options = {};
    options.streamlet_chunks_max = 0;
    EXPECT_FALSE(options.check().ok());
    EXPECT_TRUE(ProducerOptions{}.check().ok());
}

TEST(ProducerTest, flushes_when_it_is_closed) {
    ScriptedWorld world;
    Producer& producer = world.produce();
    ASSERT_TRUE(world.send(producer, "last words").ok());
    ASSERT_TRUE(world.client->close_producer(producer).ok());
    EXPECT_EQ(world.broker->values(7, 0), (std::vector<std::string>{"last words"}));
}

TEST(ProducerTest, tells_what_was_lost_when_its_client_closes_under_it) {
    ScriptedWorld world;
    Producer& producer = world.produce();
    ASSERT_TRUE(world.send(producer, "never sent").ok());
    world.client->close();
    ASSERT_EQ(world.outcomes.size(), 1U);
    EXPECT_EQ(world.outcomes[0].error.code, ErrorCode::closed);
}

TEST(ProducerTest, a_claim_ends_with_its_client) {
    ScriptedWorld world;
    Producer& producer = world.produce();
    ASSERT_TRUE(producer.claim(world.stream, StreamletId(0), 8).ok());
    world.client->shut_down();
    EXPECT_FALSE(producer.commit());
    EXPECT_FALSE(producer.abort());
}

TEST(ProducerTest, a_callback_that_throws_loses_no_outcome) {
    ScriptedWorld world;
    ProducerOptions options;
    int told = 0;
    options.on_batch = [&told](const BatchOutcome&) {
        ++told;
        throw std::runtime_error("of the user");
    };
    Producer& producer = *world.client->open_producer(std::move(options)).value();
    world.stream = producer.attach(ScriptedWorld::kStream, 1).value();
    ASSERT_TRUE(world.send(producer, "value").ok());
    EXPECT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(told, 1);
    EXPECT_TRUE(producer.stats().chunks_failed == 0);
}

TEST(ProducerTest, one_for_which_there_is_no_memory_leaves_its_client_whole) {
    if (!kCanLimitMemory) {
        GTEST_SKIP();
    }
    ScriptedWorld world;
    ProducerOptions huge;
    huge.chunk_bytes = 1024;
    huge.memory_bytes = std::uint64_t{1} << 62U;
    EXPECT_THROW(static_cast<void>(world.client->open_producer(huge)), std::bad_alloc);
    world.poll(10);
    Producer& producer = world.produce();
    ASSERT_TRUE(world.send(producer, "value").ok());
    EXPECT_TRUE(producer.flush(world.soon_ns()).ok());
}

}  // namespace
}  // namespace kera
