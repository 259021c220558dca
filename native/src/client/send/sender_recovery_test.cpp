// When chunks are given up: stopped streamlets, deadlines, new epochs.
#include "client/send/sender.hpp"

#include <gtest/gtest.h>

#include "client/testing/scripted_records.hpp"

namespace kera {
namespace {

TEST(SenderRecoveryTest, stops_a_streamlet_at_a_final_refusal_and_says_why) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks(), 2);
    world.broker->on_chunk = [](const ChunkInfo& chunk) -> std::optional<AppendResult> {
        return chunk.streamlet == StreamletId(0) ? std::optional(refused(ErrorCode::unknown_stream))
                                                 : std::nullopt;
    };
    ASSERT_TRUE(world.send(producer, "a", 0).ok());
    ASSERT_TRUE(world.send(producer, "b", 0).ok());
    ASSERT_TRUE(world.send(producer, record(0), 0).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    ASSERT_FALSE(world.outcomes.empty());
    for (const BatchOutcome& outcome : world.outcomes) {
        EXPECT_EQ(outcome.error.code, ErrorCode::unknown_stream);
    }
    EXPECT_EQ(world.send(producer, "more", 0).error().code, ErrorCode::unknown_stream);
    EXPECT_TRUE(world.send(producer, "more", 1).ok());
}

TEST(SenderRecoveryTest, recovers_a_stopped_streamlet_under_a_new_epoch) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks());
    bool forgets = false;
    world.broker->on_chunk = [&](const ChunkInfo&) -> std::optional<AppendResult> {
        return forgets ? std::optional(refused(ErrorCode::unknown_producer)) : std::nullopt;
    };
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    forgets = true;
    ASSERT_TRUE(world.send(producer, "lost").ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.send(producer, "refused").error().code, ErrorCode::unknown_producer);
    forgets = false;
    ASSERT_TRUE(producer.recover(world.stream, StreamletId(0)).ok());
    ASSERT_TRUE(world.send(producer, record(1)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), records(2));
    EXPECT_EQ(world.broker->newest_epoch, 2);
    EXPECT_EQ(world.broker->seen.back().base_sequence, Sequence(0));
}

TEST(SenderRecoveryTest, goes_on_under_a_new_epoch_when_the_broker_has_lost_what_it_acknowledged) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks());
    for (int at = 0; at < 3; ++at) {
        ASSERT_TRUE(world.send(producer, record(at)).ok());
        ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    }
    world.broker->forget_after(7, 0, 1);
    ASSERT_TRUE(world.send(producer, record(3)).ok());
    ASSERT_TRUE(world.send(producer, record(4)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), (std::vector{record(0), record(3), record(4)}));
    EXPECT_EQ(world.broker->newest_epoch, 1);
    for (const BatchOutcome& outcome : world.outcomes) {
        EXPECT_EQ(outcome.error.code, ErrorCode::ok);
    }
}

TEST(SenderRecoveryTest, stops_when_the_broker_has_lost_what_was_on_disk) {
    ScriptedWorld world;
    ProducerOptions options = small_chunks();
    options.acks = AckLevel::disk;
    Producer& producer = world.produce(options);
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    world.broker->forget_after(7, 0, 0);
    ASSERT_TRUE(world.send(producer, record(1)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.outcomes.back().error.code, ErrorCode::unknown_producer);
}

TEST(SenderRecoveryTest, stops_everything_when_another_producer_has_taken_its_place) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks(), 2);
    world.broker->on_chunk = [](const ChunkInfo& chunk) -> std::optional<AppendResult> {
        return chunk.streamlet == StreamletId(0)
                   ? std::optional(refused(ErrorCode::stale_producer_epoch))
                   : std::nullopt;
    };
    ASSERT_TRUE(world.send(producer, "x", 0).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.send(producer, "x", 1).error().code, ErrorCode::stale_producer_epoch);
    EXPECT_EQ(producer.recover(world.stream, StreamletId(0)).error().code,
              ErrorCode::stale_producer_epoch);
}

TEST(SenderRecoveryTest, gives_records_up_at_the_delivery_timeout) {
    ScriptedWorld world;
    ProducerOptions options = small_chunks();
    options.delivery_timeout_ns = 2 * kNanosPerSecond;
    Producer& producer = world.produce(options);
    world.transport->cut();
    world.transport->accepts_connections = false;
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    ASSERT_EQ(world.outcomes.size(), 1U);
    EXPECT_EQ(world.outcomes[0].error.code, ErrorCode::timed_out);
    EXPECT_STREQ(world.outcomes[0].error.what, "delivery_timeout_ns");
}

// Refuses everything for lack of memory, until it is told to stop.
struct FullBroker {
    explicit FullBroker(ScriptedWorld& world) {
        world.broker->on_chunk = [this](const ChunkInfo& chunk) -> std::optional<AppendResult> {
            return full && chunk.streamlet == StreamletId(0)
                       ? std::optional(refused(ErrorCode::memory_exhausted, 20))
                       : std::nullopt;
        };
    }
    bool full = true;
};

TEST(SenderRecoveryTest, names_the_refusal_over_which_the_delivery_timeout_passed) {
    ScriptedWorld world;
    const FullBroker broker(world);
    ProducerOptions options = small_chunks();
    options.delivery_timeout_ns = 2 * kNanosPerSecond;
    Producer& producer = world.produce(options, 2);
    ASSERT_TRUE(world.send(producer, record(0), 0).ok());
    ASSERT_TRUE(world.send(producer, record(1), 1).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    ASSERT_EQ(world.outcomes.size(), 2U);
    EXPECT_EQ(world.outcomes[0].error.code, ErrorCode::ok);
    EXPECT_EQ(world.outcomes[1].error.code, ErrorCode::timed_out);
    EXPECT_EQ(world.outcomes[1].error.cause, ErrorCode::memory_exhausted);
}

TEST(SenderRecoveryTest, names_the_refusal_over_which_memory_ran_out_while_it_lasts) {
    ScriptedWorld world;
    FullBroker broker(world);
    ProducerOptions options = small_chunks();
    options.streamlet_chunks_max = 2;
    options.max_block_ns = kNanosPerSecond;
    Producer& producer = world.produce(options);
    Result<void> sent;
    for (int number = 0; number < 4 && sent.ok(); ++number) {
        sent = world.send(producer, record(number));
    }
    ASSERT_FALSE(sent.ok());
    EXPECT_EQ(sent.error().code, ErrorCode::buffer_exhausted);
    EXPECT_EQ(sent.error().cause, ErrorCode::memory_exhausted);
    EXPECT_EQ(producer.stats().refused_with, ErrorCode::memory_exhausted);
    broker.full = false;
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(producer.stats().refused_with, ErrorCode::ok);
}

TEST(SenderRecoveryTest, blames_no_broker_that_is_not_there) {
    ScriptedWorld world;
    const FullBroker broker(world);
    ProducerOptions options = small_chunks();
    options.delivery_timeout_ns = 2 * kNanosPerSecond;
    Producer& producer = world.produce(options);
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    world.poll(10);
    EXPECT_EQ(producer.stats().refused_with, ErrorCode::memory_exhausted);
    world.transport->cut();
    world.transport->accepts_connections = false;
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    ASSERT_EQ(world.outcomes.size(), 1U);
    EXPECT_EQ(world.outcomes[0].error.code, ErrorCode::timed_out);
    EXPECT_EQ(world.outcomes[0].error.cause, ErrorCode::ok);
}

TEST(SenderRecoveryTest, goes_on_without_a_gap_after_giving_up_what_was_never_sent) {
    ScriptedWorld world;
    ProducerOptions options = small_chunks();
    options.delivery_timeout_ns = 2 * kNanosPerSecond;
    Producer& producer = world.produce(options);
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    world.transport->cut();
    world.transport->accepts_connections = false;
    ASSERT_TRUE(world.send(producer, "given up").ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    world.transport->accepts_connections = true;
    ASSERT_TRUE(world.send(producer, record(1)).ok());
    ASSERT_TRUE(world.send(producer, record(2)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), records(3));
    EXPECT_EQ(world.broker->newest_epoch, 0);
}

TEST(SenderRecoveryTest, takes_a_new_epoch_after_giving_up_what_the_broker_may_have) {
    ScriptedWorld world;
    ProducerOptions options = small_chunks();
    options.delivery_timeout_ns = 2 * kNanosPerSecond;
    Producer& producer = world.produce(options);
    world.broker->holds_appends = true;
    ASSERT_TRUE(world.send(producer, "unknown fate").ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    ASSERT_EQ(world.outcomes.size(), 1U);
    EXPECT_EQ(world.outcomes[0].error.code, ErrorCode::timed_out);
    // It waits until the old chunk cannot come after the new ones any more.
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    world.poll(20);
    EXPECT_EQ(world.broker->requests[Template::append], 1);
    world.broker->holds_appends = false;
    world.broker->answer_held();
    ASSERT_TRUE(world.send(producer, record(1)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0),
              (std::vector<std::string>{"unknown fate", record(0), record(1)}));
    EXPECT_EQ(world.broker->newest_epoch, 1);
    EXPECT_EQ(world.outcomes.size(), 3U);
}

TEST(SenderRecoveryTest, asks_for_an_epoch_again_whatever_has_ended_the_session_meanwhile) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks());
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    world.broker->forget_after(7, 0, 0);
    bool answers = false;
    world.broker->on_request = [&answers](const FrameView& frame) {
        const auto type = static_cast<Template>(frame.header().template_id);
        return type == Template::open_producer && !answers;
    };
    ASSERT_TRUE(world.send(producer, record(1)).ok());
    world.poll(20);
    ASSERT_EQ(world.broker->requests[Template::open_producer], 2);
    world.transport->cut({ErrorCode::malformed, "frame_of_another_request", 0, 0});
    answers = true;
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.outcomes.back().error.code, ErrorCode::ok);
    EXPECT_EQ(world.broker->values(7, 0), std::vector{record(1)});
}

}  // namespace
}  // namespace kera
