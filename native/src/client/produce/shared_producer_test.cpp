// What the outside thread is promised: its records arrive once and in order, whichever thread
// closes a chunk.
#include "client/produce/shared_producer.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "base/log.hpp"
#include "client/testing/scripted_outside_writer.hpp"
#include "client/testing/scripted_records.hpp"

namespace kera {
namespace {

struct SharedWorld : ScriptedWorld {
    explicit SharedWorld(ProducerOptions options = small_chunks()) {
        producer = client->open_shared_producer(options).value();
        handle = producer->attach(kStream, 2).value();
        outside = std::make_unique<ScriptedOutsideWriter>(producer->area());
    }
    // Begins a chunk in a free buffer.
    void begin(std::int32_t streamlet = 0) {
        outside->listen();
        if (!outside->begin(handle, streamlet)) {
            outside->want(producer->area().chunk_bytes);
            poll(1);
            outside->listen();
            ASSERT_TRUE(outside->begin(handle, streamlet));
        }
    }

    SharedProducer* producer = nullptr;
    std::uint32_t handle = 0;
    std::unique_ptr<ScriptedOutsideWriter> outside;
};

ProducerOptions patient() {
    ProducerOptions options = small_chunks();
    options.linger_ns = 5 * kNanosPerMilli;
    return options;
}

TEST(SharedProducerTest, sends_a_chunk_that_is_said_to_be_full) {
    SharedWorld world(patient());
    world.begin();
    ASSERT_TRUE(world.outside->add("a"));
    ASSERT_TRUE(world.outside->add("b"));
    world.outside->full();
    world.poll(4);
    EXPECT_EQ(world.broker->values(7, 0), (std::vector<std::string>{"a", "b"}));
    ASSERT_TRUE(world.outside->listen());
    ASSERT_EQ(world.outside->settled.size(), 1U);
    EXPECT_EQ(world.outside->settled[0].code, KERA_OK);
    EXPECT_EQ(world.outside->settled[0].record_count, 2U);
    EXPECT_EQ(world.outside->settled[0].base_offset, 0);
}

TEST(SharedProducerTest, tells_the_refusal_over_which_the_delivery_timeout_passed) {
    ProducerOptions options = patient();
    options.delivery_timeout_ns = 2 * kNanosPerSecond;
    SharedWorld world(options);
    world.broker->on_chunk = [](const ChunkInfo&) {
        return std::optional(refused(ErrorCode::memory_exhausted, 20));
    };
    world.begin();
    ASSERT_TRUE(world.outside->add("a"));
    world.outside->full();
    world.poll(10);
    EXPECT_EQ(world.producer->stats().refused_with, ErrorCode::memory_exhausted);
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    ASSERT_TRUE(world.outside->listen());
    ASSERT_EQ(world.outside->settled.size(), 1U);
    EXPECT_EQ(world.outside->settled[0].code, KERA_TIMED_OUT);
    EXPECT_EQ(world.outside->settled[0].cause, KERA_MEMORY_EXHAUSTED);
}

TEST(SharedProducerTest, tells_outcomes_that_were_asked_for_from_others) {
    SharedWorld world(patient());
    world.begin();
    ASSERT_TRUE(world.outside->add("whatever becomes of it"));
    world.outside->full();
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    EXPECT_TRUE(world.producer->await(2, 1, world.soon_ns()));
    EXPECT_FALSE(world.producer->await(3, 1, world.clock.now_ns()));
    world.begin();
    world.outside->ask();
    ASSERT_TRUE(world.outside->add("was it written?"));
    world.outside->full();
    EXPECT_TRUE(world.producer->await(INT64_MAX, 1, world.soon_ns()));
    ASSERT_TRUE(world.outside->listen());
    ASSERT_EQ(world.outside->settled.size(), 2U);
    EXPECT_EQ(world.outside->settled[0].flags, 0U);
    EXPECT_EQ(world.outside->settled[1].flags, KERA_SETTLED_ASKED);
}

TEST(SharedProducerTest, closes_what_lingered_though_nobody_asks) {
    SharedWorld world(patient());
    world.begin();
    ASSERT_TRUE(world.outside->add("idle"));
    world.poll(3);
    EXPECT_TRUE(world.broker->values(7, 0).empty());
    EXPECT_LE(world.producer->next_deadline_ns(), world.clock.now_ns() + 5 * kNanosPerMilli);
    world.clock.advance_ns(5 * kNanosPerMilli);
    world.poll(3);
    EXPECT_EQ(world.broker->values(7, 0), std::vector<std::string>{"idle"});
}

TEST(SharedProducerTest, awaits_messages_only_while_a_chunk_gathers) {
    SharedWorld world;
    world.transport->idle_step_ns = 0;
    world.broker->holds_appends = true;
    world.begin();
    ASSERT_TRUE(world.outside->add("alone"));
    world.poll(3);
    ASSERT_EQ(world.broker->held_appends.size(), 1U);
    EXPECT_FALSE(world.producer->awaits_messages());
    world.begin();
    ASSERT_TRUE(world.outside->add("behind it"));
    world.poll(3);
    EXPECT_EQ(world.broker->held_appends.size(), 1U);
    EXPECT_TRUE(world.producer->awaits_messages());
    world.broker->holds_appends = false;
    world.broker->answer_held();
    world.poll(3);
    EXPECT_EQ(world.broker->values(7, 0), (std::vector<std::string>{"alone", "behind it"}));
    EXPECT_FALSE(world.producer->awaits_messages());
}

TEST(SharedProducerTest, a_record_after_the_closing_is_not_counted_and_can_be_moved) {
    SharedWorld world;
    world.begin();
    ASSERT_TRUE(world.outside->add("in time"));
    world.poll(3);
    EXPECT_FALSE(world.outside->add("late"));
    world.outside->full();  // means nothing any more
    world.begin();
    ASSERT_TRUE(world.outside->add("late"));
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), (std::vector<std::string>{"in time", "late"}));
}

TEST(SharedProducerTest, flush_sends_what_is_open_in_every_streamlet) {
    SharedWorld world(patient());
    world.begin(0);
    ASSERT_TRUE(world.outside->add("zero"));
    world.begin(1);
    ASSERT_TRUE(world.outside->add("one"));
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), std::vector<std::string>{"zero"});
    EXPECT_EQ(world.broker->values(7, 1), std::vector<std::string>{"one"});
    EXPECT_TRUE(world.producer->await(2, INT64_MAX, world.clock.now_ns()));
    EXPECT_EQ(world.producer->stats().records, 2U);
}

TEST(SharedProducerTest, keeps_order_and_counts_once_through_lost_sessions) {
    SharedWorld world;
    std::vector<std::string> sent;
    for (int number = 0; number < 30; ++number) {
        world.begin();
        ASSERT_TRUE(world.outside->add(record(number)));
        world.outside->full();
        sent.push_back(record(number));
        world.poll(1);
        if (number % 7 == 3) {
            world.transport->cut();
            world.clock.advance_ns(kNanosPerSecond);
        }
    }
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), sent);
}

TEST(SharedProducerTest, says_when_there_is_no_more_memory_and_when_there_never_will_be) {
    ProducerOptions options = patient();
    options.memory_bytes = 4096;
    SharedWorld world(options);
    for (int chunk = 0; chunk < 5; ++chunk) {
        world.outside->want(1024);
    }
    world.outside->want(5000);
    world.poll(1);
    world.outside->listen();
    EXPECT_EQ(world.outside->granted.size(), 4U);
    EXPECT_EQ(world.outside->none_left, 1);
    ASSERT_EQ(world.outside->refused.size(), 1U);
    EXPECT_EQ(world.outside->refused[0].code, KERA_LIMIT_EXCEEDED);
    EXPECT_EQ(world.outside->refused[0].limit, 4096);
    EXPECT_EQ(world.outside->refused[0].value, 5000);
}

TEST(SharedProducerTest, grants_a_large_chunk_once_neighbours_are_given_back) {
    ProducerOptions options = patient();
    options.memory_bytes = 4096;
    SharedWorld world(options);
    for (int chunk = 0; chunk < 4; ++chunk) {
        world.outside->want(1024);
    }
    world.outside->want(3000);
    world.poll(1);
    world.outside->listen();
    ASSERT_EQ(world.outside->granted.size(), 4U);
    for (std::uint32_t chunk = 0; chunk < 4; ++chunk) {
        world.outside->give_back(chunk);
    }
    world.poll(1);
    world.outside->listen();
    ASSERT_EQ(world.outside->granted.size(), 5U);
    EXPECT_GE(world.outside->granted.back().room_bytes, 3000U);
}

TEST(SharedProducerTest, tells_that_a_streamlet_has_stopped_and_lets_it_recover) {
    SharedWorld world;
    bool refuses = true;
    world.broker->on_chunk = [&refuses](const ChunkInfo&) -> std::optional<AppendResult> {
        return refuses ? std::optional(refused(ErrorCode::unknown_stream)) : std::nullopt;
    };
    world.begin();
    ASSERT_TRUE(world.outside->add("refused"));
    world.outside->full();
    world.poll(4);
    world.outside->listen();
    ASSERT_EQ(world.outside->settled.size(), 1U);
    EXPECT_EQ(world.outside->settled[0].code, KERA_UNKNOWN_STREAM);
    EXPECT_EQ(world.outside->settled[0].flags & KERA_SETTLED_STOPPED, KERA_SETTLED_STOPPED);
    refuses = false;
    ASSERT_TRUE(world.producer->recover(world.handle, 0).ok());
    world.begin();
    ASSERT_TRUE(world.outside->add("again"));
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), std::vector<std::string>{"again"});
}

TEST(SharedProducerTest, fails_what_is_left_when_the_client_is_closed) {
    SharedWorld world(patient());
    world.broker->holds_appends = true;
    world.begin();
    ASSERT_TRUE(world.outside->add("in flight"));
    world.outside->full();
    world.poll(2);
    world.begin(1);
    ASSERT_TRUE(world.outside->add("open"));
    world.poll(1);
    world.client->shut_down();
    world.outside->listen();
    ASSERT_EQ(world.outside->settled.size(), 2U);
    EXPECT_EQ(world.outside->settled[0].code, KERA_CLOSED);
    EXPECT_EQ(world.outside->settled[1].code, KERA_CLOSED);
}

TEST(SharedProducerTest, ignores_what_makes_no_sense) {
    SharedWorld world;
    world.outside->say(KERA_SHARED_CHUNK_FULL, kera_shared_chunk_number{77'777, 0});
    world.outside->say(KERA_SHARED_CHUNK_RETURNED, kera_shared_chunk_number{3, 0});
    world.outside->say(KERA_SHARED_CHUNK_OPENED, kera_shared_chunk_opened{0, 9, 0, 0, 0});
    world.outside->say(99, kera_shared_chunk_number{});
    world.poll(2);
    world.begin();
    ASSERT_TRUE(world.outside->add("fine"));
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), std::vector<std::string>{"fine"});
}

TEST(SharedProducerTest, refuses_a_chunk_whose_word_cannot_be_true) {
    SharedWorld world(patient());
    const std::int64_t header = kChunkHeaderBytes;
    const std::int64_t room = world.producer->area().chunk_bytes;
    const std::vector<std::pair<std::int64_t, const char*>> words = {
        {header + 24, "shared_chunk_records"},
        {header + 24 + 1000 * KERA_SHARED_CHUNK_RECORD, "shared_chunk_records"},
        {room + 8 + KERA_SHARED_CHUNK_RECORD, "shared_chunk_bytes"},
        {header + 23 + KERA_SHARED_CHUNK_RECORD, "shared_chunk_bytes"},
        {8 + KERA_SHARED_CHUNK_RECORD, "shared_chunk_bytes"},
        {-1, "shared_chunk_bytes"}};
    for (const auto& [word, what] : words) {
        world.begin();
        ASSERT_TRUE(world.outside->add("value"));
        world.outside->put_word(word);
        world.outside->full();
        world.poll(3);
        ASSERT_TRUE(world.outside->listen());
        EXPECT_EQ(world.outside->settled.back().code, KERA_INVALID_ARGUMENT) << word;
        EXPECT_STREQ(world.outside->settled.back().what, what) << word;
    }
    world.begin();
    ASSERT_TRUE(world.outside->add("value"));
    world.outside->full();
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), std::vector<std::string>{"value"});
}

TEST(SharedProducerTest, one_that_asks_without_end_and_reads_nothing_is_not_heard_any_more) {
    std::string logged;
    const LogSink before =
        set_log_sink([&logged](LogLevel, std::string_view line) { logged += line; });
    {
        SharedWorld world(patient());
        for (int asked = 0; asked < 1'000'000 && logged.empty(); ++asked) {
            world.outside->want(std::uint64_t{1} << 40U);
            world.poll(1);
        }
        // What is in the ring is never read, and must not keep the loop awake.
        world.outside->want(1);
        EXPECT_FALSE(world.producer->has_work());
    }
    set_log_sink(before);
    EXPECT_NE(logged.find("shared_producer_broken"), std::string::npos);
}

}  // namespace
}  // namespace kera
