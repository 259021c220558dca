#include <gtest/gtest.h>

#include <deque>
#include <new>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/units.hpp"
#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

TestChunk chunk_for(const StreamAnswer& stream, Sequence sequence, ProducerId producer,
                    std::uint32_t records = 3, StreamletId streamlet = StreamletId(0)) {
    return ChunkFor{
        .records = records, .sequence = sequence, .producer = producer, .streamlet = streamlet}
        .in(stream);
}

class AppendsTest : public ::testing::Test {
  protected:
    AppendsTest() {
        client.hello();
        stream = client.create("clicks");
    }

    BrokerWorld world;
    RawClient client{world, "client", "sim:broker"};
    StreamAnswer stream;
};

TEST_F(AppendsTest, gives_dense_offsets_and_answers) {
    const TestChunk first = chunk_for(stream, Sequence(0), ProducerId(5));
    const TestChunk second = chunk_for(stream, Sequence(3), ProducerId(5), 4);
    const auto results = client.append({first.bytes(), second.bytes()});
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].code, ErrorCode::ok);
    EXPECT_EQ(results[0].base_offset, Offset(0));
    EXPECT_EQ(results[1].base_offset, Offset(3));
    const auto head = client.ask<ListOffsetsAnswer>(ListOffsets{stream.stream, StreamletId(0)});
    ASSERT_TRUE(head.ok());
    EXPECT_EQ(head->offset, Offset(7));
}

TEST_F(AppendsTest, answers_a_retry_with_the_first_offset) {
    const TestChunk chunk = chunk_for(stream, Sequence(0), ProducerId(5));
    EXPECT_FALSE(client.append({chunk.bytes()})[0].duplicate);
    const auto again = client.append({chunk.bytes()});
    EXPECT_EQ(again[0].code, ErrorCode::ok);
    EXPECT_TRUE(again[0].duplicate);
    EXPECT_EQ(again[0].base_offset, Offset(0));
}

TEST_F(AppendsTest, refuses_a_gap_naming_both_sequences) {
    const TestChunk first = chunk_for(stream, Sequence(0), ProducerId(5));
    const TestChunk late = chunk_for(stream, Sequence(9), ProducerId(5));
    const auto results = client.append({first.bytes(), late.bytes()});
    EXPECT_EQ(results[0].code, ErrorCode::ok);
    EXPECT_EQ(results[1].code, ErrorCode::sequence_gap);
    EXPECT_EQ(results[1].limit, 3);
    EXPECT_EQ(results[1].value, 9);
}

TEST_F(AppendsTest, one_bad_chunk_does_not_harm_its_neighbours) {
    const TestChunk good = chunk_for(stream, Sequence(0), kNoProducer);
    TestChunk bad = chunk_for(stream, Sequence(0), kNoProducer);
    bad.data()[200] ^= std::byte{1};
    const auto results = client.append({good.bytes(), bad.bytes(), good.bytes()});
    ASSERT_EQ(results.size(), 3U);
    EXPECT_EQ(results[0].base_offset, Offset(0));
    EXPECT_EQ(results[1].code, ErrorCode::bad_checksum);
    EXPECT_EQ(results[2].base_offset, Offset(3));
}

TEST_F(AppendsTest, refuses_streams_and_streamlets_that_there_are_not) {
    StreamAnswer other = stream;
    other.stream = StreamId(99);
    const TestChunk stranger = chunk_for(other, Sequence(0), kNoProducer);
    EXPECT_EQ(client.append({stranger.bytes()})[0].code, ErrorCode::unknown_stream);
    const TestChunk beyond = chunk_for(stream, Sequence(0), kNoProducer, 3, StreamletId(1));
    const auto results = client.append({beyond.bytes()});
    EXPECT_EQ(results[0].code, ErrorCode::unknown_stream);
    EXPECT_EQ(results[0].limit, 0);
    EXPECT_EQ(results[0].value, 1);
}

TEST_F(AppendsTest, refuses_disk_acknowledgements_without_a_disk) {
    const TestChunk chunk = chunk_for(stream, Sequence(0), kNoProducer);
    EXPECT_EQ(client.append({chunk.bytes()}, AckLevel::disk)[0].code, ErrorCode::unsupported);
}

TEST_F(AppendsTest, sends_no_answer_to_those_who_want_none) {
    const TestChunk chunk = chunk_for(stream, Sequence(0), kNoProducer);
    client.send_append({chunk.bytes()}, AckLevel::none);
    EXPECT_TRUE(world.run_until([&] {
        return client.ask<ListOffsetsAnswer>(ListOffsets{stream.stream, StreamletId(0)})->offset ==
               Offset(3);
    }));
    EXPECT_FALSE(client.has_frame());
}

// What throws half-way, here the writing of a line into the log, leaves nothing behind.
TEST_F(AppendsTest, an_append_that_throws_is_answered_and_does_not_keep_the_node_from_draining) {
    const TestChunk large = ChunkFor{.records = 1, .value_bytes = 1U << 20U}.in(stream);
    bool threw = false;
    const LogSink before = set_log_sink([&threw](LogLevel, std::string_view line) {
        if (line.find("memory_exhausted") != std::string_view::npos) {
            threw = true;
            throw std::bad_alloc();
        }
    });
    ReceivedFrame answer;
    for (int i = 0; i < 100 && !threw; ++i) {
        answer =
            client.wait_for(client.send_append({large.bytes(), large.bytes()}, AckLevel::leader));
    }
    set_log_sink(before);
    ASSERT_TRUE(threw);
    EXPECT_EQ(ErrorAnswer::decode(answer.view())->code, ErrorCode::internal);
    EXPECT_TRUE(world.run_until([this] { return !client.connected(); }));
    world.core().drain();
    EXPECT_TRUE(world.run_until([this] { return world.core().settled(); }, 10'000));
}

TEST_F(AppendsTest, says_when_memory_is_exhausted_and_recovers_once_a_stream_is_deleted) {
    TestChunk::Shape shape;
    shape.stream = stream.stream;
    shape.streamlet = StreamletId(0);
    shape.value_bytes = 1U << 20U;
    const TestChunk large(shape);
    AppendResult last;
    for (int i = 0; i < 100 && last.code == ErrorCode::ok; ++i) {
        last = client.append({large.bytes()})[0];
    }
    EXPECT_EQ(last.code, ErrorCode::memory_exhausted);
    EXPECT_GT(last.retry_after_ms, 0U);
    EXPECT_GT(last.limit, 0);
    ASSERT_TRUE(client.ask<DoneAnswer>(DeleteStream{stream.stream}).ok());
    stream = client.create("clicks");
    shape.stream = stream.stream;
    const TestChunk again(shape);
    EXPECT_TRUE(world.run_until(
        [&] { return client.append({again.bytes()})[0].code == ErrorCode::ok; }, 1000));
}

// The lines that the core logs meanwhile.
class LogLines {
  public:
    LogLines()
        : before_(set_log_sink(
              [this](LogLevel, std::string_view line) { lines_.emplace_back(line); })) {}
    ~LogLines() { set_log_sink(before_); }
    LogLines(const LogLines&) = delete;
    LogLines& operator=(const LogLines&) = delete;

    std::vector<std::string> of(const std::string& event) const {
        std::vector<std::string> found;
        for (const std::string& line : lines_) {
            if (line.find("event=" + event + " ") != std::string::npos) {
                found.push_back(line);
            }
        }
        return found;
    }

  private:
    std::vector<std::string> lines_;
    LogSink before_;
};

TEST_F(AppendsTest, logs_once_that_memory_is_exhausted_and_once_that_it_has_room_again) {
    const LogLines log;
    const auto appended = [&] {
        const TestChunk chunk = ChunkFor{.records = 1, .value_bytes = 1U << 20U}.in(stream);
        return client.append({chunk.bytes()})[0].code == ErrorCode::ok;
    };
    while (appended()) {
    }
    for (int more = 0; more < 10; ++more) {
        EXPECT_FALSE(appended());
        world.run_ms(1'000);
    }
    ASSERT_EQ(log.of("memory_exhausted").size(), 1U);
    const std::string line = log.of("memory_exhausted")[0];
    for (const char* field : {"level=warn ", " reactor=0 ", " asked_bytes=1048",
                              " used_bytes=", " limit_bytes=", " advice="}) {
        EXPECT_NE(line.find(field), std::string::npos) << line;
    }
    world.run_ms(60'000);
    EXPECT_EQ(log.of("memory_has_room").size(), 0U) << "nobody has tried";

    ASSERT_TRUE(client.ask<DoneAnswer>(DeleteStream{stream.stream}).ok());
    stream = client.create("clicks");
    EXPECT_TRUE(world.run_until(appended, 1'000));
    world.run_ms(MemoryWatch::kQuietNs / kNanosPerMilli + 1'000);
    ASSERT_EQ(log.of("memory_has_room").size(), 1U);
    EXPECT_NE(log.of("memory_has_room")[0].find("level=info "), std::string::npos);
    while (appended()) {
    }
    EXPECT_EQ(log.of("memory_exhausted").size(), 2U);
}

// A disk that takes nothing, and as much appended as may wait for it.
class BehindDiskTest : public ::testing::Test {
  protected:
    BehindDiskTest() {
        client.hello();
        stream = client.create("clicks");
        world.disk().fail_next(DiskAction::write, ErrorCode::disk_failed, 1'000'000);
        while (chunks.size() * kValueBytes < 16_MiB) {
            EXPECT_EQ(client.append({next()})[0].code, ErrorCode::ok);
        }
    }

    Bytes next() {
        chunks.push_back(ChunkFor{.records = 1,
                                  .sequence = Sequence(sequence++),
                                  .producer = ProducerId(5),
                                  .value_bytes = kValueBytes}
                             .in(stream));
        return chunks.back().bytes();
    }

    static constexpr std::uint32_t kValueBytes = 512 * 1024;
    BrokerWorld world{BrokerWorld::disk_config()};
    RawClient client{world, "client", "sim:broker"};
    StreamAnswer stream;
    std::deque<TestChunk> chunks;
    std::int32_t sequence = 0;
};

TEST_F(BehindDiskTest, requests_wait_for_it_and_keep_their_order) {
    const std::int64_t first = client.send_append({next()}, AckLevel::leader);
    const std::int64_t second = client.send_append({next()}, AckLevel::leader);
    world.run_ms(500);
    EXPECT_FALSE(client.has_frame());
    world.disk().fail_next(DiskAction::write, ErrorCode::disk_failed, 0);
    const auto one = RawClient::results(client.wait_for(first));
    const auto two = RawClient::results(client.wait_for(second));
    EXPECT_EQ(one[0].code, ErrorCode::ok);
    EXPECT_EQ(two[0].code, ErrorCode::ok);
    EXPECT_EQ(one[0].base_offset + 1, two[0].base_offset);
}

TEST_F(BehindDiskTest, requests_wait_no_longer_than_they_may) {
    const std::int64_t id = client.send_append({next()}, AckLevel::leader, 200);
    EXPECT_EQ(RawClient::results(client.wait_for(id))[0].code, ErrorCode::timed_out);
}

TEST_F(BehindDiskTest, requests_of_a_client_that_left_are_dropped) {
    client.send_append({next()}, AckLevel::leader);
    world.run_ms(5);
    client.disconnect();
    world.disk().fail_next(DiskAction::write, ErrorCode::disk_failed, 0);
    RawClient other(world, "other", "sim:broker");
    other.hello();
    const std::int64_t head_before =
        other.ask<ListOffsetsAnswer>(ListOffsets{stream.stream, StreamletId(0)})->offset.value();
    world.run_ms(500);
    const auto head = other.ask<ListOffsetsAnswer>(ListOffsets{stream.stream, StreamletId(0)});
    EXPECT_EQ(head->offset.value(), head_before);
    EXPECT_EQ(head_before, sequence - 1);
}

}  // namespace
}  // namespace kera
