// From claim to record with real threads: the node's, the clients' own, and two of the application.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "whole_node.hpp"

namespace kera {
namespace {

constexpr std::uint64_t kHandedOverRecords = 40'000;
constexpr std::int32_t kStreamlets = 4;

class ThreadsTest : public testing::TestWithParam<Path> {
  protected:
    ThreadsTest() {
        CoreConfig config;
        config.arena_bytes = 256_MiB;
        config.touch_ahead = false;
        config.reactor_count = 2;
        config.listen = {GetParam() == Path::tcp ? "tcp:127.0.0.1:0"
                                                 : "shm:" + folder_.path() + "/node.sock"};
        core_ = Core::open(config).value();
        EXPECT_TRUE(core_->start().ok());
    }
    ~ThreadsTest() override { core_->stop(); }

    std::unique_ptr<Client> connect() {
        ClientOptions options;
        options.loop.io_thread = true;
        const Uri uri = core_->endpoints().front();
        auto client = std::make_unique<Client>(open_client_transport(uri, {}, clock_).value(),
                                               clock_, uri, options);
        EXPECT_TRUE(client->await_session(-1).ok());
        return client;
    }
    StreamAnswer create(Client& client) {
        StreamSettings settings;
        settings.streamlets = kStreamlets;
        settings.lanes = 2;
        return Admin(client).create_stream("threads", settings).value();
    }
    std::int64_t soon_ns() const { return clock_.now_ns() + 60 * kNanosPerSecond; }

    // Record n goes to streamlet n % 4, so each streamlet gets every fourth number.
    void consume(Client& client, StreamId stream) {
        Consumer& consumer = *client.open_consumer({}).value();
        std::array<std::uint64_t, kStreamlets> next{0, 1, 2, 3};
        for (std::int32_t streamlet = 0; streamlet < kStreamlets; ++streamlet) {
            EXPECT_TRUE(
                consumer.assign({stream, StreamletId(streamlet)}, StartAt::earliest()).ok());
        }
        std::uint64_t read = 0;
        while (read < kHandedOverRecords && consumer.await(soon_ns())) {
            const Result<int> got = consumer.poll_records(
                1000, [&](const RecordView& record, const RecordPlace& place) {
                    const auto at = static_cast<std::size_t>(place.streamlet.value());
                    EXPECT_EQ(load_le<std::uint64_t>(record.value().data()), next[at]);
                    next[at] += kStreamlets;
                    ++read;
                });
            ASSERT_TRUE(got.ok()) << describe(got.error());
        }
        EXPECT_EQ(read, kHandedOverRecords);
    }
    void produce(Producer& producer, StreamHandle stream) {
        for (std::uint64_t number = 0; number < kHandedOverRecords; ++number) {
            const StreamletId streamlet(static_cast<std::int32_t>(number % kStreamlets));
            Result<Claim> claim = producer.claim(stream, streamlet, 64);
            ASSERT_TRUE(claim.ok()) << describe(claim.error());
            store_le(claim->value.data(), number);
            producer.commit();
        }
        EXPECT_TRUE(producer.flush(soon_ns()).ok());
    }

    const SystemClock clock_;
    const TempFolder folder_;
    std::unique_ptr<Core> core_;
};

INSTANTIATE_TEST_SUITE_P(Paths, ThreadsTest, testing::Values(Path::tcp, Path::shm),
                         [](const auto& one) { return name_of(one.param); });

TEST_P(ThreadsTest, produces_and_consumes_at_once) {
    const std::unique_ptr<Client> writer = connect();
    const std::unique_ptr<Client> reader = connect();
    const StreamAnswer stream = create(*writer);
    std::thread consuming([&] { consume(*reader, stream.stream); });
    std::atomic<std::uint64_t> acknowledged{0};
    ProducerOptions options;
    options.acks = AckLevel::leader;
    options.chunk_bytes = 4096;
    options.memory_bytes = 1_MiB;
    options.on_batch = [&](const BatchOutcome& outcome) {
        EXPECT_EQ(outcome.error.code, ErrorCode::ok);
        acknowledged += outcome.record_count;
    };
    Producer& producer = *writer->open_producer(options).value();
    produce(producer, producer.attach(stream.stream, kStreamlets).value());
    EXPECT_EQ(acknowledged.load(), kHandedOverRecords);
    consuming.join();
    EXPECT_TRUE(writer->close_producer(producer).ok());
}

// The producer's thread chooses streamlets, and the consumer's waits, while their loops hear of the
// growth.
TEST_P(ThreadsTest, follows_the_growth_of_a_stream_while_producing_and_consuming) {
    constexpr std::int32_t kGrown = 16;
    const std::unique_ptr<Client> writer = connect();
    const std::unique_ptr<Client> reader = connect();
    const StreamAnswer stream = create(*writer);
    std::atomic<bool> all_used{false};
    std::thread consuming([&] {
        Consumer& consumer = *reader->open_consumer({}).value();
        EXPECT_TRUE(consumer.assign_stream(stream.stream, kStreamlets, StartAt::earliest()).ok());
        std::array<std::int64_t, kGrown> next{};
        std::int32_t used = 0;
        while (used < kGrown && consumer.await(soon_ns())) {
            EXPECT_TRUE(consumer
                            .poll_records(1000,
                                          [&](const RecordView&, const RecordPlace& place) {
                                              const auto at =
                                                  static_cast<std::size_t>(place.streamlet.value());
                                              used += next[at] == 0 ? 1 : 0;
                                              EXPECT_EQ(place.offset.value(), next[at]++);
                                          })
                            .ok());
        }
        EXPECT_EQ(used, kGrown);
        all_used.store(true);
    });
    ProducerOptions options;
    options.acks = AckLevel::leader;
    options.chunk_bytes = 4096;
    Producer& producer = *writer->open_producer(options).value();
    const StreamHandle handle = producer.attach(stream.stream, kStreamlets).value();
    const std::int64_t until_ns = soon_ns();
    std::int32_t wanted = kStreamlets;
    for (std::uint64_t number = 0; !all_used.load() && clock_.now_ns() < until_ns; ++number) {
        ASSERT_TRUE(producer.send({handle, kAnyStreamlet}, {{}, {}, std::nullopt}).ok());
        if (number % 500 == 499 && wanted < kGrown) {
            ASSERT_TRUE(Admin(*reader).grow_stream(stream.stream, ++wanted).ok());
        }
    }
    EXPECT_TRUE(producer.flush(soon_ns()).ok());
    consuming.join();
}

TEST_P(ThreadsTest, closes_with_work_in_flight) {
    const std::unique_ptr<Client> writer = connect();
    const StreamAnswer stream = create(*writer);
    std::atomic<std::uint64_t> told{0};
    ProducerOptions options;
    options.chunk_bytes = 4096;
    options.on_batch = [&](const BatchOutcome& outcome) { told += outcome.record_count; };
    Producer& producer = *writer->open_producer(options).value();
    const StreamHandle handle = producer.attach(stream.stream, kStreamlets).value();
    constexpr std::uint64_t kSent = 5000;
    for (std::uint64_t number = 0; number < kSent; ++number) {
        Result<Claim> claim = producer.claim(handle, StreamletId(0), 64);
        ASSERT_TRUE(claim.ok());
        store_le(claim->value.data(), number);
        producer.commit();
    }
    writer->close();
    EXPECT_EQ(told.load(), kSent);
}

TEST_P(ThreadsTest, ends_waits_without_a_deadline_from_another_thread) {
    const std::unique_ptr<Client> reader = connect();
    const StreamAnswer stream = create(*reader);
    std::vector<Consumer*> consumers;
    std::vector<std::thread> waiting;
    std::atomic<int> ended{0};
    for (std::int32_t streamlet = 0; streamlet < 2; ++streamlet) {
        Consumer& consumer = *consumers.emplace_back(reader->open_consumer({}).value());
        ASSERT_TRUE(
            consumer.assign({stream.stream, StreamletId(streamlet)}, StartAt::latest()).ok());
        waiting.emplace_back([&] {
            EXPECT_FALSE(consumer.await(Parker::kForEver));
            ++ended;
        });
    }
    consumers.front()->end_waiting();
    waiting.front().join();
    EXPECT_EQ(ended.load(), 1);
    consumers.back()->end_waiting();
    waiting.back().join();
    EXPECT_FALSE(consumers.back()->await(Parker::kForEver));
}

TEST_P(ThreadsTest, sends_a_lonely_record_after_its_linger) {
    const std::unique_ptr<Client> writer = connect();
    const std::unique_ptr<Client> reader = connect();
    const StreamAnswer stream = create(*writer);
    Consumer& consumer = *reader->open_consumer({}).value();
    ASSERT_TRUE(consumer.assign({stream.stream, StreamletId(2)}, StartAt::earliest()).ok());
    Producer& producer = *writer->open_producer({}).value();
    const StreamHandle handle = producer.attach(stream.stream, kStreamlets).value();
    Result<Claim> claim = producer.claim(handle, StreamletId(2), 8);
    ASSERT_TRUE(claim.ok());
    store_le(claim->value.data(), std::uint64_t{42});
    producer.commit();
    std::uint64_t value = 0;
    while (value == 0 && consumer.await(soon_ns())) {
        ASSERT_TRUE(consumer
                        .poll_records(1,
                                      [&](const RecordView& record, const RecordPlace&) {
                                          value = load_le<std::uint64_t>(record.value().data());
                                      })
                        .ok());
    }
    EXPECT_EQ(value, 42U);
}

}  // namespace
}  // namespace kera
