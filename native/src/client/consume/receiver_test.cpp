// What a consumer receives when things go wrong.
#include "client/consume/receiver.hpp"

#include <gtest/gtest.h>

#include "client/testing/scripted_read_world.hpp"

namespace kera {
namespace {

TEST(ReceiverTest, goes_on_where_it_was_after_a_disconnect) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"a", "b"}));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    EXPECT_EQ(world.read(consumer).size(), 2U);
    world.transport->cut();
    world.broker->keep(7, 0, chunk_of({"c"}));
    EXPECT_EQ(world.read(consumer, 2000), (std::vector<std::string>{"c"}));
    EXPECT_FALSE(world.broker->fetches.back().entries.empty());
}

TEST(ReceiverTest, moves_to_what_is_still_there_when_its_offset_is_not) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"gone"}));
    world.broker->keep(7, 0, chunk_of({"kept"}));
    world.broker->kept[{7, 0}].start = Offset(1);
    world.broker->kept[{7, 0}].chunks.erase(world.broker->kept[{7, 0}].chunks.begin());
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"kept"}));
    ASSERT_TRUE(consumer.seek(kFirst, StartAt::at(Offset(99))).ok());
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"kept"}));
}

TEST(ReceiverTest, tells_of_an_offset_out_of_range_once_when_asked_to_fail) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"a"}));
    ConsumerOptions options;
    options.out_of_range = OutOfRange::fail;
    Consumer& consumer = world.consume(options);
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(50))).ok());
    EXPECT_TRUE(world.read(consumer).empty());
    ASSERT_EQ(world.errors.size(), 1U);
    EXPECT_EQ(world.errors[0].code, ErrorCode::offset_out_of_range);
    ASSERT_TRUE(consumer.seek(kFirst, StartAt::earliest()).ok());
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"a"}));
}

TEST(ReceiverTest, refuses_a_chunk_whose_bytes_changed_on_the_way) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"good"}));
    std::vector<std::byte> bad = chunk_of({"bad"});
    bad[kChunkHeaderBytes + 17] ^= std::byte{1};
    world.broker->keep(7, 0, bad);
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"good"}));
    ASSERT_EQ(world.errors.size(), 1U);
    EXPECT_EQ(world.errors[0].code, ErrorCode::bad_checksum);
    EXPECT_EQ(consumer.position(kFirst), Offset(1));
    ASSERT_TRUE(consumer.seek(kFirst, StartAt::at(Offset(2))).ok());
    world.broker->keep(7, 0, chunk_of({"after"}));
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"after"}));
}

TEST(ReceiverTest, refuses_a_chunk_whose_records_lie_about_their_lengths) {
    ScriptedReadWorld world;
    std::vector<std::byte> bad = chunk_of({"x", "y"});
    store_le<std::uint32_t>(bad.data() + kChunkHeaderBytes, 1U << 30U);
    world.broker->keep(7, 0, bad);
    ConsumerOptions options;
    options.check_crcs = false;
    Consumer& consumer = world.consume(options);
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    EXPECT_TRUE(world.read(consumer).empty());
    ASSERT_EQ(world.errors.size(), 1U);
    EXPECT_EQ(world.errors[0].code, ErrorCode::malformed);
}

TEST(ReceiverTest, a_reader_that_checks_nothing_follows_no_length_out_of_a_chunk) {
    const std::vector<std::byte> good = chunk_of({"one", "two", "three"});
    const std::uint32_t second =
        kChunkHeaderBytes + RecordView(good.data() + kChunkHeaderBytes).record_bytes();
    // Of the second record: its length and its value's, and its counts of keys and headers.
    for (const std::uint32_t at : {0U, 4U, 8U, 12U}) {
        for (const std::uint32_t lie : {0U, 8U, 0x7FFFFFF8U, 0xFFFFFFFFU}) {
            ScriptedReadWorld world;
            std::vector<std::byte> bad = good;
            store_le<std::uint32_t>(bad.data() + second + at, lie);
            if (check_records(ChunkView(bad.data()).payload(), 3).ok()) {
                continue;  // as the timestamp may be anything
            }
            world.broker->keep(7, 0, bad);
            world.broker->keep(7, 0, chunk_of({"four"}));
            ConsumerOptions options;
            options.check_crcs = false;
            options.check_records = false;
            Consumer& consumer = world.consume(options);
            ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
            EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"one"}));
            ASSERT_EQ(world.errors.size(), 1U) << at << " " << lie;
            EXPECT_EQ(world.errors[0], fail(ErrorCode::corrupt, "record_offset", 3, 1));
            EXPECT_EQ(consumer.position(kFirst), Offset(1));
            ASSERT_TRUE(consumer.seek(kFirst, StartAt::at(Offset(3))).ok());
            EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"four"}));
        }
    }
}

// A broker that cannot read offsets below 1 from its disk.
void cannot_read_the_first(ScriptedReadWorld& world, ErrorCode code, int& times) {
    world.broker->on_request = [&world, code, &times](const FrameView& frame) {
        if (frame.header().template_id != static_cast<std::uint16_t>(Template::fetch)) {
            return false;
        }
        const Fetch asked = Fetch::decode(frame).value();
        if (asked.entries[0].offset >= Offset(1) || times == 0) {
            return false;
        }
        --times;
        FetchAnswer::Entry entry;
        entry.stream = kFirst.stream;
        entry.streamlet = kFirst.streamlet;
        entry.code = code;
        entry.limit = 1;
        FrameBuffer buffer;
        static_cast<void>(
            FetchAnswer::encode(buffer, frame.header().correlation_id, std::span(&entry, 1)));
        world.transport->answer(world.transport->connected(), buffer.frame());
        return true;
    };
}

TEST(ReceiverTest, tells_the_application_what_the_broker_found_rotten_and_reads_on_past_it) {
    ScriptedReadWorld world;
    int times = 1'000;
    cannot_read_the_first(world, ErrorCode::corrupt, times);
    world.broker->keep(7, 0, chunk_of({"rotten"}));
    world.broker->keep(7, 0, chunk_of({"sound"}));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    EXPECT_TRUE(world.read(consumer).empty());
    ASSERT_EQ(world.errors.size(), 1U);
    EXPECT_EQ(world.errors[0], fail(ErrorCode::corrupt, "fetch", 1, 0));
    ASSERT_TRUE(consumer.seek(kFirst, StartAt::at(Offset(world.errors[0].limit))).ok());
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"sound"}));
}

TEST(ReceiverTest, waits_for_a_disk_that_fails_a_few_times_and_reports_one_that_goes_on_failing) {
    ScriptedReadWorld world;
    int times = 3;
    cannot_read_the_first(world, ErrorCode::disk_failed, times);
    world.broker->keep(7, 0, chunk_of({"a"}));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    EXPECT_EQ(world.read(consumer, 5'000), (std::vector<std::string>{"a"}));
    EXPECT_TRUE(world.errors.empty());
    times = 1'000;
    ASSERT_TRUE(consumer.seek(kFirst, StartAt::at(Offset(0))).ok());
    EXPECT_TRUE(world.read(consumer, 5'000).empty());
    ASSERT_EQ(world.errors.size(), 1U);
    EXPECT_EQ(world.errors[0], fail(ErrorCode::disk_failed, "fetch", 1, 0));
    times = 0;
    ASSERT_TRUE(consumer.seek(kFirst, StartAt::at(Offset(0))).ok());
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"a"}));
}

TEST(ReceiverTest, leaves_a_broker_whose_answer_holds_less_than_it_says) {
    ScriptedReadWorld world;
    bool lies = true;
    world.broker->on_request = [&](const FrameView& frame) {
        if (frame.header().template_id != static_cast<std::uint16_t>(Template::fetch) ||
            !std::exchange(lies, false)) {
            return false;
        }
        FetchAnswer::Entry entry;
        entry.stream = kFirst.stream;
        entry.streamlet = kFirst.streamlet;
        entry.next_offset = Offset(5);
        FrameBuffer buffer;
        entry.data_bytes = 4096;
        static_cast<void>(
            FetchAnswer::encode(buffer, frame.header().correlation_id, std::span(&entry, 1)));
        std::vector<std::byte> cut(buffer.frame().begin(), buffer.frame().end());
        store_le<std::uint32_t>(cut.data(), static_cast<std::uint32_t>(cut.size()));
        world.transport->answer(world.transport->connected(), cut);
        return true;
    };
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    world.broker->keep(7, 0, chunk_of({"true"}));
    EXPECT_EQ(world.read(consumer, 2000), (std::vector<std::string>{"true"}));
    EXPECT_EQ(world.transport->connects_at_ns.size(), 2U);
}

TEST(ReceiverTest, tries_again_later_when_the_broker_is_not_the_leader_now) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"x"}));
    int refusals = 3;
    world.broker->on_request = [&](const FrameView& frame) {
        if (frame.header().template_id != static_cast<std::uint16_t>(Template::fetch) ||
            refusals-- <= 0) {
            return false;
        }
        world.broker->refuse(frame, {ErrorCode::not_leader, "streamlet", 0, 0});
        return true;
    };
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    EXPECT_EQ(world.read(consumer, 200), (std::vector<std::string>{"x"}));
    EXPECT_TRUE(world.errors.empty());
}

TEST(ReceiverTest, tells_when_the_stream_is_not_there) {
    ScriptedReadWorld world;
    world.broker->on_request = [&](const FrameView& frame) {
        if (frame.header().template_id != static_cast<std::uint16_t>(Template::fetch)) {
            return false;
        }
        world.broker->refuse(frame, {ErrorCode::unknown_stream, "stream", 0, 7});
        return true;
    };
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    world.read(consumer);
    ASSERT_EQ(world.errors.size(), 1U);
    EXPECT_EQ(world.errors[0], (Error{ErrorCode::unknown_stream, "stream", 0, 7}));
}

TEST(ReceiverTest, does_not_keep_the_loop_awake_for_a_retry_while_there_is_no_session) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"a"}));
    bool refuses = true;
    world.broker->on_request = [&](const FrameView& frame) {
        if (static_cast<Template>(frame.header().template_id) != Template::fetch || !refuses) {
            return false;
        }
        world.broker->refuse(frame, {ErrorCode::not_leader, "streamlet", 0, 0}, 1'000);
        return true;
    };
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    world.poll(5);
    ASSERT_GT(consumer.next_deadline_ns(), world.clock.now_ns());
    ASSERT_NE(consumer.next_deadline_ns(), kNoDeadline);
    world.transport->accepts_connections = false;
    world.transport->cut();
    world.poll(5);
    world.clock.advance_ns(2 * kNanosPerSecond);
    world.poll(1);
    EXPECT_GT(consumer.next_deadline_ns(), world.clock.now_ns());
    refuses = false;
    world.transport->accepts_connections = true;
    EXPECT_EQ(world.read(consumer, 5'000), (std::vector<std::string>{"a"}));
}

}  // namespace
}  // namespace kera
