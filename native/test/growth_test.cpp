// A stream gets more streamlets while producers and consumers are open, over every path: they
// follow without a restart, and nothing is lost or changes its place.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "client/produce/partitioner.hpp"
#include "whole_node.hpp"

namespace kera {
namespace {

constexpr std::int32_t kBefore = 2;
constexpr std::int32_t kAfter = 7;
constexpr int kKeys = 100;

class GrowthTest : public testing::TestWithParam<Path> {
  protected:
    static CoreConfig config() {
        CoreConfig config;
        config.data_folder = "data";
        config.arena_bytes = 64_MiB;
        config.reactor_count = 2;
        return config;
    }
    static StreamAnswer create(Client& client) {
        StreamSettings settings;
        settings.streamlets = kBefore;
        return Admin(client).create_stream("growing", settings).value();
    }
    static ProducerOptions at_once() {
        ProducerOptions options;
        options.acks = AckLevel::disk;
        options.linger_ns = 0;
        options.chunk_bytes = 4096;
        return options;
    }
    // Each key's next number, in the streamlet that the key has among so many.
    void send_all_keys(Producer& producer, StreamHandle handle) {
        for (int key = 0; key < kKeys; ++key) {
            const std::string name = "key " + std::to_string(key);
            const std::string value = std::to_string(key) + ' ' + std::to_string(sent_[key]++);
            const Bytes bytes = std::as_bytes(std::span(name));
            ASSERT_TRUE(producer
                            .send({handle, kAnyStreamlet},
                                  {{&bytes, 1}, {}, std::as_bytes(std::span(value))})
                            .ok());
        }
    }
    // Reads so many records; within a streamlet, the numbers of a key only grow.
    void read(WholeNode& node, Consumer& consumer, std::size_t count) {
        std::size_t read = 0;
        const std::int64_t until_ns = node.soon_ns();
        while (read < count && node.clock().now_ns() < until_ns) {
            const Result<int> got = consumer.poll_records(1000, [&](const RecordView& record,
                                                                    const RecordPlace& place) {
                const Bytes value = record.value();
                const std::string text(reinterpret_cast<const char*>(value.data()), value.size());
                const int key = std::stoi(text);
                const int number = std::stoi(text.substr(text.find(' ')));
                int& next = next_[{place.streamlet.value(), key}];
                EXPECT_GE(number, next);
                next = number + 1;
                EXPECT_TRUE(seen_.insert(text).second) << text;
                used_.insert(place.streamlet.value());
                ++read;
            });
            ASSERT_TRUE(got.ok()) << describe(got.error());
        }
        EXPECT_EQ(read, count);
    }

    std::map<int, int> sent_;
    std::map<std::pair<std::int32_t, int>, int> next_;
    std::set<std::string> seen_;
    std::set<std::int32_t> used_;
};

INSTANTIATE_TEST_SUITE_P(Paths, GrowthTest, testing::Values(Path::tcp, Path::shm, Path::sim),
                         [](const auto& one) { return name_of(one.param); });

TEST_P(GrowthTest, open_producers_and_consumers_follow) {
    WholeNode node(GetParam(), config());
    const std::unique_ptr<Client> writer = node.connect();
    const std::unique_ptr<Client> reader = node.connect();
    const StreamAnswer stream = create(*writer);
    Producer& producer = *writer->open_producer(at_once()).value();
    const StreamHandle handle = producer.attach(stream.stream, kBefore).value();
    Consumer& consumer = *reader->open_consumer({}).value();
    ASSERT_TRUE(consumer.assign_stream(stream.stream, kBefore, StartAt::earliest()).ok());
    send_all_keys(producer, handle);
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    read(node, consumer, kKeys);
    EXPECT_EQ(used_.size(), static_cast<std::size_t>(kBefore));
    ASSERT_EQ(Admin(*reader).grow_stream(stream.stream, kAfter)->settings.streamlets, kAfter);
    writer->loop().wait_until(node.soon_ns(),
                              [&] { return producer.streamlets(handle) == kAfter; });
    for (int round = 0; round < 10; ++round) {
        send_all_keys(producer, handle);
    }
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    read(node, consumer, std::size_t{10} * kKeys);
    EXPECT_EQ(used_.size(), static_cast<std::size_t>(kAfter));
    EXPECT_EQ(producer.stats().chunks_failed, 0U);
    // After the growth each key is where a producer of today puts it.
    for (const auto& [place, next] : next_) {
        const std::string name = "key " + std::to_string(place.second);
        const auto now = streamlet_of_key(std::as_bytes(std::span(name)), kAfter);
        EXPECT_EQ(next == 11, place.first == now.value()) << name;
    }
}

TEST_P(GrowthTest, growth_while_a_client_is_away_is_found_when_it_comes_back) {
    WholeNode node(GetParam(), config());
    const std::unique_ptr<Client> client = node.connect();
    const StreamAnswer stream = create(*client);
    Producer& producer = *client->open_producer(at_once()).value();
    const StreamHandle handle = producer.attach(stream.stream, kBefore).value();
    Consumer& consumer = *client->open_consumer({}).value();
    ASSERT_TRUE(consumer.assign_stream(stream.stream, kBefore, StartAt::latest()).ok());
    node.stop();
    for (int turn = 0; turn < 50; ++turn) {
        client->poll();
    }
    node.start();
    {
        // It writes where the first client does not look yet.
        const std::unique_ptr<Client> other = node.connect();
        ASSERT_TRUE(Admin(*other).grow_stream(stream.stream, kAfter).ok());
        Producer& late = *other->open_producer(at_once()).value();
        const StreamHandle there = late.attach(stream.stream, kAfter).value();
        const std::string text = "0 " + std::to_string(sent_[0]++);
        ASSERT_TRUE(
            late.send({there, StreamletId(kAfter - 1)}, {{}, {}, std::as_bytes(std::span(text))})
                .ok());
        ASSERT_TRUE(late.flush(node.soon_ns()).ok());
    }
    read(node, consumer, 1);
    EXPECT_EQ(used_, std::set<std::int32_t>{kAfter - 1});
    client->loop().wait_until(node.soon_ns(),
                              [&] { return producer.streamlets(handle) == kAfter; });
    EXPECT_EQ(producer.streamlets(handle), kAfter);
}

TEST_P(GrowthTest, a_restart_finds_the_new_streamlets_and_what_is_in_them) {
    WholeNode node(GetParam(), config());
    const std::unique_ptr<Client> client = node.connect();
    const StreamAnswer stream = create(*client);
    ASSERT_TRUE(Admin(*client).grow_stream(stream.stream, kAfter).ok());
    Producer& producer = *client->open_producer(at_once()).value();
    const StreamHandle handle = producer.attach(stream.stream, kAfter).value();
    send_all_keys(producer, handle);
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    node.stop();
    for (int turn = 0; turn < 50; ++turn) {
        client->poll();
    }
    node.start();
    EXPECT_EQ(Admin(*client).describe_stream("growing")->settings.streamlets, kAfter);
    send_all_keys(producer, handle);
    ASSERT_TRUE(producer.flush(node.soon_ns()).ok());
    Consumer& consumer = *client->open_consumer({}).value();
    ASSERT_TRUE(consumer.assign_stream(stream.stream, kAfter, StartAt::earliest()).ok());
    read(node, consumer, 2 * kKeys);
    EXPECT_EQ(used_.size(), static_cast<std::size_t>(kAfter));
    EXPECT_EQ(Admin(*client).grow_stream(stream.stream, kBefore).error(),
              fail(ErrorCode::invalid_argument, "streamlets", kAfter, kBefore));
}

}  // namespace
}  // namespace kera
