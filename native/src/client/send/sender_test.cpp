// What happens to chunks when things go wrong: losses, refusals, back-pressure.
#include "client/send/sender.hpp"

#include <gtest/gtest.h>

#include "client/testing/scripted_records.hpp"

namespace kera {
namespace {

TEST(SenderTest, sends_what_was_in_flight_again_in_order_after_a_disconnect) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks());
    world.broker->holds_appends = true;
    for (int number = 0; number < 8; ++number) {
        ASSERT_TRUE(world.send(producer, record(number)).ok());
    }
    world.poll(5);
    ASSERT_EQ(world.broker->held_appends.size(), 8U);
    world.transport->cut();
    world.broker->holds_appends = false;
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), records(8));
    EXPECT_EQ(producer.stats().chunks_sent_again, 8U);
    EXPECT_EQ(world.broker->requests[Template::open_producer], 1);
}

TEST(SenderTest, counts_a_duplicate_as_success_when_only_the_answer_was_lost) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks());
    bool loses_answer = true;
    // The broker appends in the round in which the connection is cut.
    const auto receive = world.transport->on_frame;
    world.transport->on_frame = [&](EndpointId endpoint, std::vector<std::byte> frame) {
        receive(endpoint, std::move(frame));
        if (!world.broker->seen.empty() && std::exchange(loses_answer, false)) {
            world.transport->cut();
        }
    };
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    ASSERT_TRUE(world.send(producer, record(1)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_FALSE(loses_answer);
    EXPECT_EQ(world.broker->values(7, 0), records(2));
    ASSERT_EQ(world.outcomes.size(), 2U);
    EXPECT_TRUE(world.outcomes[0].duplicate);
    EXPECT_EQ(world.outcomes[0].base_offset, Offset(0));
    EXPECT_EQ(world.outcomes[0].error.code, ErrorCode::ok);
    EXPECT_EQ(producer.stats().duplicates, 1U);
}

TEST(SenderTest, keeps_the_order_when_a_chunk_in_the_middle_is_refused_for_now) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks());
    int refusals = 3;
    world.broker->on_chunk = [&](const ChunkInfo& chunk) -> std::optional<AppendResult> {
        if (chunk.base_sequence == Sequence(2) && refusals-- > 0) {
            return refused(ErrorCode::memory_exhausted, 20);
        }
        return {};
    };
    for (int number = 0; number < 10; ++number) {
        ASSERT_TRUE(world.send(producer, record(number)).ok());
    }
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), records(10));
    for (const BatchOutcome& outcome : world.outcomes) {
        EXPECT_EQ(outcome.error.code, ErrorCode::ok);
        EXPECT_FALSE(outcome.duplicate);
    }
}

TEST(SenderTest, waits_as_long_as_the_broker_asks_before_it_tries_again) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks());
    std::vector<std::int64_t> tried_at_ns;
    world.broker->on_chunk = [&](const ChunkInfo&) -> std::optional<AppendResult> {
        tried_at_ns.push_back(world.clock.now_ns());
        return tried_at_ns.size() == 1 ? std::optional(refused(ErrorCode::disk_full, 700))
                                       : std::nullopt;
    };
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    ASSERT_EQ(tried_at_ns.size(), 2U);
    EXPECT_GE(tried_at_ns[1] - tried_at_ns[0], 700 * kNanosPerMilli);
    EXPECT_LE(tried_at_ns[1] - tried_at_ns[0], 710 * kNanosPerMilli);
}

TEST(SenderTest, does_not_let_one_streamlet_s_trouble_hold_up_another) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks(), 2);
    world.broker->on_chunk = [](const ChunkInfo& chunk) -> std::optional<AppendResult> {
        return chunk.streamlet == StreamletId(0)
                   ? std::optional(refused(ErrorCode::not_leader, 1000))
                   : std::nullopt;
    };
    for (int number = 0; number < 4; ++number) {
        ASSERT_TRUE(world.send(producer, record(number), 0).ok());
        ASSERT_TRUE(world.send(producer, record(number), 1).ok());
    }
    world.poll(20);
    EXPECT_EQ(world.broker->values(7, 1), records(4));
    EXPECT_TRUE(world.broker->values(7, 0).empty());
}

TEST(SenderTest, seeks_another_session_when_an_append_is_not_answered) {
    ScriptedWorld world;
    ProducerOptions options = small_chunks();
    options.request_timeout_ns = kNanosPerSecond;
    Producer& producer = world.produce(options);
    world.broker->holds_appends = true;
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    world.poll(500);
    EXPECT_EQ(world.transport->connects_at_ns.size(), 1U);
    world.poll(600);
    EXPECT_EQ(world.transport->connects_at_ns.size(), 2U);
    world.broker->holds_appends = false;
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), records(1));
}

TEST(SenderTest, tries_a_refused_frame_again_as_the_broker_asks) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks());
    int refusals = 2;
    world.broker->on_request = [&](const FrameView& frame) {
        const bool append =
            frame.header().template_id == static_cast<std::uint16_t>(Template::append);
        if (append && refusals > 0) {
            --refusals;
            world.broker->refuse(frame, {ErrorCode::limit_exceeded, "requests", 64, 65}, 5);
            return true;
        }
        return false;
    };
    for (int number = 0; number < 3; ++number) {
        ASSERT_TRUE(world.send(producer, record(number)).ok());
    }
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), records(3));
}

TEST(SenderTest, carries_the_broker_s_words_in_a_final_refusal_of_a_frame) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks());
    world.broker->on_request = [&](const FrameView& frame) {
        if (frame.header().template_id != static_cast<std::uint16_t>(Template::append)) {
            return false;
        }
        world.broker->refuse(frame, {ErrorCode::invalid_argument, "ack_level_min", 3, 1});
        return true;
    };
    ASSERT_TRUE(world.send(producer, "x").ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    ASSERT_EQ(world.outcomes.size(), 1U);
    EXPECT_EQ(world.outcomes[0].error, (Error{ErrorCode::invalid_argument, "ack_level_min", 3, 1}));
}

TEST(SenderTest, holds_back_under_back_pressure_and_goes_on_when_writable) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks());
    world.transport->says_again = true;
    for (int number = 0; number < 3; ++number) {
        ASSERT_TRUE(world.send(producer, record(number)).ok());
    }
    world.poll(10);
    EXPECT_TRUE(world.broker->seen.empty());
    world.transport->become_writable();
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->values(7, 0), records(3));
}

TEST(SenderTest, leaves_a_broker_that_answers_fewer_chunks_than_were_sent) {
    ScriptedWorld world;
    Producer& producer = world.produce(small_chunks(), 4);
    bool lies = true;
    world.broker->on_request = [&](const FrameView& frame) {
        if (frame.header().template_id != static_cast<std::uint16_t>(Template::append) ||
            !std::exchange(lies, false)) {
            return false;
        }
        FrameBuffer buffer;
        static_cast<void>(AppendAnswer::encode(buffer, frame.header().correlation_id, {}));
        world.transport->answer(world.transport->connected(), buffer.frame());
        return true;
    };
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.transport->connects_at_ns.size(), 2U);
    EXPECT_EQ(world.broker->values(7, 0), records(1));
}

TEST(SenderTest, keeps_what_lies_in_a_dead_session_s_memory_until_it_is_delivered) {
    ScriptedWorld world;
    world.transport->shared_memory.resize(64_KiB);
    ASSERT_TRUE(world.client->await_session(kNanosPerSecond).ok());
    Producer& producer = world.produce(small_chunks());
    world.broker->holds_appends = true;
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    world.poll(3);
    const EndpointId first = world.transport->connected();
    world.transport->cut();
    world.poll(3);
    EXPECT_TRUE(world.transport->dropped_memory.empty());
    world.broker->holds_appends = false;
    ASSERT_TRUE(world.client->await_session(10 * kNanosPerSecond).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    world.poll(3);
    EXPECT_EQ(world.transport->dropped_memory, (std::vector<EndpointId>{first}));
    EXPECT_EQ(world.broker->values(7, 0), records(1));
}

// Whatever happens on the way: no loss, no duplicate, no reordering.
TEST(SenderTest, delivers_each_record_once_in_order_through_random_faults) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        ScriptedWorld world;
        ProducerOptions options = small_chunks();
        options.delivery_timeout_ns = 1000 * kNanosPerSecond;
        Producer& producer = world.produce(options, 3);
        world.broker->on_chunk = [&](const ChunkInfo&) -> std::optional<AppendResult> {
            return random.chance(0.1) ? std::optional(refused(ErrorCode::memory_exhausted, 1))
                                      : std::nullopt;
        };
        const auto receive = world.transport->on_frame;
        world.transport->on_frame = [&](EndpointId endpoint, std::vector<std::byte> frame) {
            receive(endpoint, std::move(frame));
            if (random.chance(0.03)) {
                world.transport->cut();
            }
        };
        const auto serve = world.transport->on_round;
        world.transport->on_round = [&] {
            if (world.transport->says_again && random.chance(0.3)) {
                world.transport->become_writable();
            }
            if (world.broker->holds_appends && random.chance(0.3)) {
                world.broker->holds_appends = false;
                world.broker->answer_held();
            }
            serve();
        };
        constexpr int kRecords = 120;
        for (int number = 0; number < kRecords; ++number) {
            ASSERT_TRUE(world.send(producer, record(number), number % 3).ok());
            world.transport->says_again = world.transport->says_again || random.chance(0.05);
            world.broker->holds_appends = world.broker->holds_appends || random.chance(0.1);
        }
        world.transport->become_writable();
        world.broker->holds_appends = false;
        world.broker->answer_held();
        ASSERT_TRUE(producer.flush(world.clock.now_ns() + 500 * kNanosPerSecond).ok());
        for (std::int32_t streamlet = 0; streamlet < 3; ++streamlet) {
            std::vector<std::string> expected;
            for (int number = streamlet; number < kRecords; number += 3) {
                expected.push_back(record(number));
            }
            EXPECT_EQ(world.broker->values(7, streamlet), expected);
        }
    }
}

TEST(SenderTest, states_the_term_of_the_metadata_and_learns_another_from_a_refusal) {
    ScriptedWorld world;
    world.broker->greeting.features = kFeatureStreamGrown;
    StreamAnswer& described = world.broker->streams["clicks"];
    described.stream = ScriptedWorld::kStream;
    described.settings.streamlets = 1;
    described.term = Term(4);
    ScriptedStreamlet& kept = world.broker->kept[{7, 0}];
    kept.term = Term(4);
    Producer& producer = world.produce(small_chunks());
    world.poll(10);
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(kept.stated, (std::vector<Term>{Term(4)}));

    kept.term = Term(6);
    ASSERT_TRUE(world.send(producer, record(1)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(kept.stated, (std::vector<Term>{Term(4), Term(4), Term(6)}));
    EXPECT_EQ(world.broker->values(7, 0), records(2));
    for (const BatchOutcome& outcome : world.outcomes) {
        EXPECT_EQ(outcome.error.code, ErrorCode::ok);
    }
}

TEST(SenderTest, does_not_go_back_to_an_earlier_term_within_a_session) {
    ScriptedWorld world;
    ScriptedStreamlet& kept = world.broker->kept[{7, 0}];
    Producer& producer = world.produce(small_chunks());
    int refusals = 0;
    world.broker->on_chunk = [&](const ChunkInfo&) -> std::optional<AppendResult> {
        if (refusals == 2) {
            return {};
        }
        AppendResult result;
        result.code = ErrorCode::stale_term;
        result.limit = refusals++ == 0 ? 6 : 5;
        return result;
    };
    ASSERT_TRUE(world.send(producer, record(0)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(kept.stated, (std::vector<Term>{Term(6)}));
}

TEST(SenderTest, takes_a_streamlets_own_term_where_the_metadata_says_a_later_one) {
    ScriptedWorld world;
    world.broker->greeting.features = kFeatureStreamGrown;
    StreamAnswer& described = world.broker->streams["clicks"];
    described.stream = ScriptedWorld::kStream;
    described.settings.streamlets = 2;
    described.term = Term(9);
    world.broker->kept[{7, 0}].term = Term(9);
    ScriptedStreamlet& other = world.broker->kept[{7, 1}];
    other.term = Term(2);
    Producer& producer = world.produce(small_chunks(), 2);
    world.poll(10);
    ASSERT_TRUE(world.send(producer, record(0), 1).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(other.stated, (std::vector<Term>{Term(9), Term(2)}));
}

}  // namespace
}  // namespace kera
