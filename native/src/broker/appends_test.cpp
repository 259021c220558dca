#include <gtest/gtest.h>

#include "broker/broker_fixture.hpp"

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

}  // namespace
}  // namespace kera
