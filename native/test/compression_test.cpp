// Compressed records from a producer to a consumer, through a real node, over every path.
#include <gtest/gtest.h>

#include <tuple>

#include "whole_node.hpp"

namespace kera {
namespace {

class WholeCompressionTest : public testing::TestWithParam<std::tuple<Path, Codec>> {
  protected:
    // Compresses well, then not at all.
    static std::string value(int number) {
        if (number % 500 > 400) {
            Random random(static_cast<std::uint64_t>(number));
            std::string noise(700, '.');
            for (char& letter : noise) {
                letter = static_cast<char>(random.next());
            }
            return noise;
        }
        return "sensor " + std::to_string(number) + std::string(300, 'q');
    }
    static std::vector<std::string> read(WholeNode& node, Client& client, StreamId stream,
                                         std::size_t count) {
        Consumer& consumer = *client.open_consumer({}).value();
        EXPECT_TRUE(consumer.assign({stream, StreamletId(0)}, StartAt::earliest()).ok());
        std::vector<std::string> values;
        const std::int64_t until_ns = node.soon_ns();
        while (values.size() < count && node.clock().now_ns() < until_ns) {
            const Result<int> got =
                consumer.poll_records(1000, [&](const RecordView& record, const RecordPlace& at) {
                    EXPECT_EQ(at.offset.value(), static_cast<std::int64_t>(values.size()));
                    const Bytes bytes = record.value();
                    values.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                });
            if (!got.ok()) {
                ADD_FAILURE() << describe(got.error());
                break;
            }
        }
        EXPECT_TRUE(client.close_consumer(consumer).ok());
        return values;
    }
};

INSTANTIATE_TEST_SUITE_P(Paths, WholeCompressionTest,
                         testing::Combine(testing::Values(Path::tcp, Path::shm, Path::sim),
                                          testing::Values(Codec::lz4, Codec::zstd)),
                         [](const auto& one) {
                             const bool lz4 = std::get<1>(one.param) == Codec::lz4;
                             return name_of(std::get<0>(one.param)) + (lz4 ? "_lz4" : "_zstd");
                         });

TEST_P(WholeCompressionTest, every_record_comes_back_also_after_a_restart) {
    CoreConfig config;
    config.data_folder = "kept";
    WholeNode node(std::get<0>(GetParam()), config);
    std::vector<std::string> expected;
    StreamId stream;
    std::uint64_t plain_bytes = 0;
    {
        const std::unique_ptr<Client> client = node.connect();
        stream = Admin(*client).create_stream("readings", {}).value().stream;
        ProducerOptions options;
        options.acks = AckLevel::disk;
        options.chunk_bytes = 16'384;
        options.compression = std::get<1>(GetParam());
        Producer& producer = *client->open_producer(options).value();
        const StreamHandle handle = producer.attach(stream, 1).value();
        for (int number = 0; number < 3000; ++number) {
            expected.push_back(value(number));
            plain_bytes += expected.back().size();
            const Bytes bytes = std::as_bytes(std::span(expected.back()));
            ASSERT_TRUE(producer.send({handle, StreamletId(0)}, {{}, {}, bytes}).ok());
        }
        ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
        EXPECT_EQ(producer.stats().chunks_failed, 0U);
        EXPECT_LT(producer.stats().bytes_sent, plain_bytes * 6 / 10);
        EXPECT_GT(producer.stats().bytes_sent, plain_bytes / 10);
        EXPECT_EQ(read(node, *client, stream, expected.size()), expected);
    }
    node.stop();
    node.start();
    const std::unique_ptr<Client> client = node.connect();
    EXPECT_EQ(read(node, *client, stream, expected.size()), expected);
}

}  // namespace
}  // namespace kera
