// From a producer's claim to a consumer's record, through a real node, over every path.
#include <gtest/gtest.h>

#include <array>

#include "whole_node.hpp"

namespace kera {
namespace {

Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

class EndToEndTest : public testing::TestWithParam<Path> {
  protected:
    StreamAnswer create(Client& client, const std::string& name, std::int32_t streamlets = 1,
                        std::uint16_t lanes = 1) {
        StreamSettings settings;
        settings.streamlets = streamlets;
        settings.lanes = lanes;
        return Admin(client).create_stream(name, settings).value();
    }
    static ProducerOptions options() {
        ProducerOptions options;
        options.acks = AckLevel::leader;
        options.chunk_bytes = 4096;
        return options;
    }
    // Reads `count` records of every streamlet of a stream from its beginning.
    static std::vector<std::vector<std::string>> read_all(WholeNode& node, Client& client,
                                                          const StreamAnswer& stream,
                                                          std::size_t count,
                                                          const ConsumerOptions& options = {}) {
        Consumer& consumer = *client.open_consumer(options).value();
        for (std::int32_t streamlet = 0; streamlet < stream.settings.streamlets; ++streamlet) {
            EXPECT_TRUE(
                consumer.assign({stream.stream, StreamletId(streamlet)}, StartAt::earliest()).ok());
        }
        std::vector<std::vector<std::string>> values(
            static_cast<std::size_t>(stream.settings.streamlets));
        std::vector<std::int64_t> next(values.size(), 0);
        std::size_t read = 0;
        const std::int64_t until_ns = node.soon_ns();
        while (read < count && node.clock().now_ns() < until_ns) {
            const Result<int> got = consumer.poll_records(1000, [&](const RecordView& record,
                                                                    const RecordPlace& place) {
                const auto at = static_cast<std::size_t>(place.streamlet.value());
                EXPECT_EQ(place.offset.value(), next[at]++);
                const Bytes value = record.value();
                values[at].emplace_back(reinterpret_cast<const char*>(value.data()), value.size());
                ++read;
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

INSTANTIATE_TEST_SUITE_P(Paths, EndToEndTest, testing::Values(Path::tcp, Path::shm, Path::sim),
                         [](const auto& one) { return name_of(one.param); });

TEST_P(EndToEndTest, delivers_every_record_in_order) {
    WholeNode node(GetParam());
    const std::unique_ptr<Client> client = node.connect();
    const StreamAnswer stream = create(*client, "numbers", 3, 2);
    Producer& producer = *client->open_producer(options()).value();
    const StreamHandle handle = producer.attach(stream.stream, 3).value();
    std::vector<std::vector<std::string>> expected(3);
    for (int number = 0; number < 6000; ++number) {
        const std::string text = "record number " + std::to_string(number);
        const auto streamlet = static_cast<std::size_t>(number % 3);
        Result<Claim> claim = producer.claim(handle, StreamletId(number % 3),
                                             static_cast<std::uint32_t>(text.size()));
        ASSERT_TRUE(claim.ok()) << describe(claim.error());
        copy_bytes(claim->value.data(), as_bytes(text).data(), text.size());
        producer.commit();
        expected[streamlet].push_back(text);
    }
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    EXPECT_EQ(producer.stats().chunks_failed, 0U);
    EXPECT_EQ(producer.stats().chunks_sent_again, 0U);
    EXPECT_EQ(read_all(node, *client, stream, 6000), expected);
}

TEST_P(EndToEndTest, pushes_every_record_in_order) {
    WholeNode node(GetParam());
    const std::unique_ptr<Client> client = node.connect();
    const StreamAnswer stream = create(*client, "pushed");
    Producer& producer = *client->open_producer(options()).value();
    const StreamHandle handle = producer.attach(stream.stream, 1).value();
    std::vector<std::vector<std::string>> expected(1);
    for (int number = 0; number < 3000; ++number) {
        expected[0].push_back(std::string(200, 'p') + std::to_string(number));
        ASSERT_TRUE(
            producer.send({handle, StreamletId(0)}, {{}, {}, as_bytes(expected[0].back())}).ok());
    }
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    ConsumerOptions push;
    push.push = true;
    push.credit_bytes = 64_KiB;
    EXPECT_EQ(read_all(node, *client, stream, 3000, push), expected);
}

TEST_P(EndToEndTest, carries_keys_headers_and_empty_values) {
    WholeNode node(GetParam());
    const std::unique_ptr<Client> client = node.connect();
    const StreamAnswer stream = create(*client, "shapes");
    Producer& producer = *client->open_producer(options()).value();
    const StreamHandle handle = producer.attach(stream.stream, 1).value();
    const std::array<Bytes, 2> keys{as_bytes("key"), as_bytes("second key")};
    const std::array<RecordField, 2> fields{RecordField{"trace", as_bytes("abc")},
                                            RecordField{"none", std::nullopt}};
    ASSERT_TRUE(producer.send({handle, kAnyStreamlet, 77}, {keys, fields, as_bytes("v")}).ok());
    ASSERT_TRUE(producer.send({handle, kAnyStreamlet, 78}, {{}, {}, std::nullopt}).ok());
    ASSERT_TRUE(producer.send({handle, kAnyStreamlet, 79}, {{}, {}, Bytes{}}).ok());
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    Consumer& consumer = *client->open_consumer({}).value();
    ASSERT_TRUE(consumer.assign({stream.stream, StreamletId(0)}, StartAt::earliest()).ok());
    int read = 0;
    const std::int64_t until_ns = node.soon_ns();
    while (read < 3 && node.clock().now_ns() < until_ns) {
        ASSERT_TRUE(consumer
                        .poll_records(10,
                                      [&](const RecordView& record, const RecordPlace& place) {
                                          EXPECT_EQ(place.timestamp_ms, 77 + read);
                                          EXPECT_EQ(record.has_value(), read != 1);
                                          if (read++ == 0) {
                                              ASSERT_EQ(record.key_count(), 2U);
                                              EXPECT_EQ(record.key(1).size(), 10U);
                                              EXPECT_EQ(record.field(0).name, "trace");
                                              EXPECT_FALSE(record.field(1).value.has_value());
                                          }
                                      })
                        .ok());
    }
    EXPECT_EQ(read, 3);
}

TEST_P(EndToEndTest, gives_records_the_time_of_append_when_the_stream_says_so) {
    WholeNode node(GetParam());
    const std::unique_ptr<Client> client = node.connect();
    StreamSettings settings;
    settings.timestamp_type = 1;
    const StreamAnswer stream = Admin(*client).create_stream("stamped", settings).value();
    Producer& producer = *client->open_producer(options()).value();
    const StreamHandle handle = producer.attach(stream.stream, 1).value();
    const Result<void> far = producer.send({handle, StreamletId(0), kTimestampMsMax + 1}, {});
    EXPECT_EQ(far.error().code, ErrorCode::invalid_argument);
    ASSERT_TRUE(producer.send({handle, StreamletId(0), 77}, {}).ok());
    ASSERT_TRUE(producer.send({handle, StreamletId(0), 88}, {}).ok());
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    Consumer& consumer = *client->open_consumer({}).value();
    ASSERT_TRUE(consumer.assign({stream.stream, StreamletId(0)}, StartAt::earliest()).ok());
    std::vector<std::int64_t> times;
    const std::int64_t until_ns = node.soon_ns();
    while (times.size() < 2 && node.clock().now_ns() < until_ns) {
        ASSERT_TRUE(consumer
                        .poll_records(10,
                                      [&](const RecordView&, const RecordPlace& place) {
                                          times.push_back(place.timestamp_ms);
                                      })
                        .ok());
    }
    ASSERT_EQ(times.size(), 2U);
    EXPECT_NE(times[0], 77);
    EXPECT_EQ(times[0], times[1]);
}

TEST_P(EndToEndTest, carries_a_value_of_many_megabytes) {
    WholeNode node(GetParam());
    const std::unique_ptr<Client> client = node.connect();
    const StreamAnswer stream = create(*client, "large");
    ProducerOptions large = options();
    large.memory_bytes = 48_MiB;
    Producer& producer = *client->open_producer(large).value();
    const StreamHandle handle = producer.attach(stream.stream, 1).value();
    std::string value(20_MiB, '\0');
    for (std::size_t at = 0; at < value.size(); ++at) {
        value[at] = static_cast<char>(at * 31 >> 5U);
    }
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(producer.send({handle, StreamletId(0)}, {{}, {}, as_bytes(value)}).ok());
        ASSERT_TRUE(producer.send({handle, StreamletId(0)}, {{}, {}, as_bytes("small")}).ok());
    }
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    const auto values = read_all(node, *client, stream, 6);
    ASSERT_EQ(values[0].size(), 6U);
    for (std::size_t round = 0; round < 3; ++round) {
        EXPECT_TRUE(values[0][2 * round] == value);
        EXPECT_EQ(values[0][2 * round + 1], "small");
    }
}

TEST_P(EndToEndTest, wakes_a_waiting_consumer_for_each_record) {
    WholeNode node(GetParam());
    const std::unique_ptr<Client> writer = node.connect();
    const std::unique_ptr<Client> reader = node.connect();
    const StreamAnswer stream = create(*writer, "ping");
    ProducerOptions at_once = options();
    at_once.linger_ns = 0;
    Producer& producer = *writer->open_producer(at_once).value();
    const StreamHandle handle = producer.attach(stream.stream, 1).value();
    Consumer& consumer = *reader->open_consumer({}).value();
    ASSERT_TRUE(consumer.assign({stream.stream, StreamletId(0)}, StartAt::latest()).ok());
    for (int round = 0; round < 20; ++round) {
        // Waits, so that the consumer knows its start before the first record is sent.
        for (int turn = 0; turn < 200 && round == 0; ++turn) {
            reader->poll();
        }
        ASSERT_TRUE(producer.send({handle, StreamletId(0)}, {{}, {}, as_bytes("ping")}).ok());
        int read = 0;
        const std::int64_t until_ns = node.soon_ns();
        while (read == 0 && node.clock().now_ns() < until_ns) {
            writer->poll();
            const Result<int> got = consumer.poll_records(
                10, [&read](const RecordView&, const RecordPlace&) { ++read; });
            ASSERT_TRUE(got.ok());
        }
        EXPECT_EQ(read, 1);
    }
}

TEST_P(EndToEndTest, answers_what_an_administrator_asks) {
    WholeNode node(GetParam());
    const std::unique_ptr<Client> client = node.connect();
    Admin admin(*client);
    const StreamAnswer stream = create(*client, "managed", 2);
    EXPECT_EQ(admin.create_stream("managed", {}).error().code, ErrorCode::stream_exists);
    EXPECT_EQ(admin.describe_stream("managed")->stream, stream.stream);
    EXPECT_EQ(admin.list_streams()->streams.size(), 1U);
    AlterStream changes;
    changes.stream = stream.stream;
    changes.lanes = 3;
    EXPECT_EQ(admin.alter_stream(changes)->settings.lanes, 3);
    Producer& producer = *client->open_producer(options()).value();
    const StreamHandle handle = producer.attach(stream.stream, 2).value();
    for (int number = 0; number < 10; ++number) {
        ASSERT_TRUE(
            producer.send({handle, StreamletId(0), 1000 + number}, {{}, {}, as_bytes("x")}).ok());
        ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    }
    EXPECT_EQ(*admin.list_offset(stream.stream, StreamletId(0), ListOffsets::kLatest), Offset(10));
    EXPECT_EQ(*admin.list_offset(stream.stream, StreamletId(0), ListOffsets::kEarliest), Offset(0));
    EXPECT_EQ(*admin.list_offset(stream.stream, StreamletId(0), 1004), Offset(4));
    EXPECT_EQ(*admin.list_offset(stream.stream, StreamletId(1), ListOffsets::kLatest), Offset(0));
    ASSERT_TRUE(admin.delete_before(stream.stream, StreamletId(0), Offset(5)).ok());
    EXPECT_EQ(*admin.list_offset(stream.stream, StreamletId(0), ListOffsets::kEarliest), Offset(5));
    EXPECT_EQ(admin.describe_node()->reactor_count, 1);
    ASSERT_TRUE(admin.delete_stream(stream.stream).ok());
    EXPECT_EQ(admin.describe_stream("managed").error().code, ErrorCode::unknown_stream);
    ASSERT_TRUE(producer.send({handle, StreamletId(0)}, {{}, {}, as_bytes("late")}).ok());
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    EXPECT_EQ(producer.send({handle, StreamletId(0)}, {{}, {}, as_bytes("x")}).error().code,
              ErrorCode::unknown_stream);
}

TEST_P(EndToEndTest, goes_on_after_the_node_has_been_away) {
    CoreConfig config;
    config.data_folder = "data";
    WholeNode node(GetParam(), config);
    const std::unique_ptr<Client> client = node.connect();
    const StreamAnswer stream = create(*client, "lasting");
    ProducerOptions durable = options();
    durable.acks = AckLevel::disk;
    Producer& producer = *client->open_producer(durable).value();
    const StreamHandle handle = producer.attach(stream.stream, 1).value();
    std::vector<std::vector<std::string>> expected(1);
    const auto send_some = [&] {
        for (int number = 0; number < 100; ++number) {
            expected[0].push_back(std::string(100, 'r') + std::to_string(expected[0].size()));
            ASSERT_TRUE(
                producer.send({handle, StreamletId(0)}, {{}, {}, as_bytes(expected[0].back())})
                    .ok());
        }
    };
    send_some();
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    node.stop();
    send_some();
    for (int turn = 0; turn < 50; ++turn) {
        client->poll();
    }
    node.start();
    send_some();
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    EXPECT_EQ(producer.stats().chunks_failed, 0U);
    EXPECT_EQ(read_all(node, *client, stream, 300), expected);
}

TEST_P(EndToEndTest, spreads_over_thousands_of_streamlets) {
    constexpr std::int32_t kStreamlets = 1000;
    WholeNode node(GetParam());
    const std::unique_ptr<Client> client = node.connect();
    const StreamAnswer stream = create(*client, "wide", kStreamlets);
    ProducerOptions wide = options();
    wide.memory_bytes = 8_MiB;
    Producer& producer = *client->open_producer(wide).value();
    const StreamHandle handle = producer.attach(stream.stream, kStreamlets).value();
    for (int round = 0; round < 3; ++round) {
        for (std::int32_t streamlet = 0; streamlet < kStreamlets; ++streamlet) {
            ASSERT_TRUE(
                producer.send({handle, StreamletId(streamlet)}, {{}, {}, as_bytes("wide")}).ok());
        }
    }
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    EXPECT_LT(producer.stats().frames_sent, 200U);
    const auto values = read_all(node, *client, stream, 3 * kStreamlets);
    for (const auto& one : values) {
        EXPECT_EQ(one.size(), 3U);
    }
}

TEST(SimulatedClientTest, delivers_once_and_in_order_however_often_its_connection_breaks) {
    WholeNode node(Path::sim);
    const std::unique_ptr<Client> client = node.connect();
    const StreamAnswer stream = Admin(*client).create_stream("faulty", {}).value();
    ProducerOptions options;
    options.acks = AckLevel::leader;
    options.chunk_bytes = 1024;
    Producer& producer = *client->open_producer(options).value();
    const StreamHandle handle = producer.attach(stream.stream, 1).value();
    Random random(7);
    constexpr int kRecords = 3000;
    for (int number = 0; number < kRecords; ++number) {
        const std::string text = std::to_string(number) + std::string(300, '.');
        ASSERT_TRUE(producer.send({handle, StreamletId(0)}, {{}, {}, as_bytes(text)}).ok());
        if (random.chance(0.01)) {
            node.net().break_connections("client1", "node");
        }
    }
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    EXPECT_GT(producer.stats().chunks_sent_again, 0U);
    Consumer& consumer = *client->open_consumer({}).value();
    ASSERT_TRUE(consumer.assign({stream.stream, StreamletId(0)}, StartAt::earliest()).ok());
    int read = 0;
    const std::int64_t until_ns = node.soon_ns();
    while (read < kRecords && node.clock().now_ns() < until_ns) {
        ASSERT_TRUE(consumer
                        .poll_records(100,
                                      [&](const RecordView& record, const RecordPlace&) {
                                          const Bytes value = record.value();
                                          EXPECT_EQ(std::stoi(std::string(
                                                        reinterpret_cast<const char*>(value.data()),
                                                        value.size())),
                                                    read++);
                                      })
                        .ok());
        if (random.chance(0.02)) {
            node.net().break_connections("client1", "node");
        }
    }
    EXPECT_EQ(read, kRecords);
    EXPECT_EQ(*Admin(*client).list_offset(stream.stream, StreamletId(0), ListOffsets::kLatest),
              Offset(kRecords));
}

}  // namespace
}  // namespace kera
