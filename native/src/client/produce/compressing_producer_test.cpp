// A producer that compresses, against a scripted broker.
#include <gtest/gtest.h>

#include "client/testing/scripted_read_world.hpp"
#include "client/testing/scripted_records.hpp"

namespace kera {
namespace {

ProducerOptions compressing(Codec codec) {
    ProducerOptions options = small_chunks();
    options.compression = codec;
    return options;
}

class CompressingProducerTest : public testing::TestWithParam<Codec> {};

INSTANTIATE_TEST_SUITE_P(Codecs, CompressingProducerTest, testing::Values(Codec::lz4, Codec::zstd),
                         [](const auto& one) { return one.param == Codec::lz4 ? "lz4" : "zstd"; });

TEST_P(CompressingProducerTest, sends_less_and_its_records_come_back) {
    ScriptedReadWorld world;
    Producer& producer = world.produce(compressing(GetParam()));
    for (const std::string& value : records(20)) {
        ASSERT_TRUE(world.send(producer, value).ok());
    }
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->seen.size(), 20U);
    for (const ChunkInfo& chunk : world.broker->seen) {
        EXPECT_EQ(chunk.codec(), GetParam());
        EXPECT_EQ(chunk.plain_bytes, record_bytes(800));
        EXPECT_LT(chunk.chunk_bytes, 300U);
    }
    EXPECT_LT(producer.stats().bytes_sent, 20U * 300U);
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::earliest()).ok());
    EXPECT_EQ(world.read(consumer), records(20));
}

TEST_P(CompressingProducerTest, numbers_compressed_chunks_anew_after_a_loss) {
    ScriptedReadWorld world;
    Producer& producer = world.produce(compressing(GetParam()));
    for (int at = 0; at < 3; ++at) {
        ASSERT_TRUE(world.send(producer, record(at)).ok());
        ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    }
    world.broker->forget_after(7, 0, 1);
    ASSERT_TRUE(world.send(producer, record(3)).ok());
    ASSERT_TRUE(world.send(producer, record(4)).ok());
    ASSERT_TRUE(producer.flush(world.soon_ns()).ok());
    EXPECT_EQ(world.broker->newest_epoch, 1);
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::earliest()).ok());
    EXPECT_EQ(world.read(consumer), (std::vector{record(0), record(3), record(4)}));
}

TEST(CompressionOptionTest, names_a_codec_that_does_not_exist) {
    ProducerOptions options;
    options.compression = static_cast<Codec>(3);
    EXPECT_EQ(options.check().error(), fail(ErrorCode::invalid_argument, "compression", 2, 3));
}

}  // namespace
}  // namespace kera
