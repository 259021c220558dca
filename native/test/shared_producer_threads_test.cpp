// A thread outside and the loop's own, over the same places: nothing is lost, doubled or torn,
// however linger and commits meet. For ThreadSanitizer above all.
#include <gtest/gtest.h>

#include <thread>

#include "client/testing/scripted_outside_writer.hpp"
#include "whole_node.hpp"

namespace kera {
namespace {

constexpr std::uint64_t kSharedRecords = 30'000;

TEST(SharedProducerThreadsTest, linger_takes_nothing_away_from_a_busy_thread) {
    const SystemClock clock;
    const TempFolder folder;
    CoreConfig config;
    config.arena_bytes = 128_MiB;
    config.touch_ahead = false;
    config.listen = {"shm:" + folder.path() + "/node.sock"};
    const std::unique_ptr<Core> core = Core::open(config).value();
    ASSERT_TRUE(core->start().ok());
    ClientOptions options;
    options.loop.io_thread = true;
    const Uri uri = core->endpoints().front();
    Client client(open_client_transport(uri, {}, clock).value(), clock, uri, options);
    ASSERT_TRUE(client.await_session(-1).ok());
    const StreamAnswer stream = Admin(client).create_stream("threads", {}).value();
    ProducerOptions quick;
    quick.chunk_bytes = 1024;
    quick.memory_bytes = 64_KiB;
    quick.linger_ns = 0;
    SharedProducer& producer = *client.open_shared_producer(quick).value();
    const std::uint32_t handle = producer.attach(stream.stream, 1).value();

    std::thread outside([&] {
        ScriptedOutsideWriter writer(producer.area());
        writer.wake = [&client] { client.loop().wake(); };
        bool open = false;
        for (std::uint64_t number = 0; number < kSharedRecords; ++number) {
            const std::string value = std::to_string(number);
            while (!open || !writer.fits(value.size()) || !writer.add(value)) {
                if (open && !writer.fits(value.size())) {
                    writer.full();
                }
                open = writer.begin(handle, 0);
                if (!open && !writer.listen() && writer.granted.size() < 16) {
                    writer.want(1024);
                    producer.await(writer.heard() + 1, INT64_MAX, clock.now_ns() + kNanosPerMilli);
                }
            }
        }
    });
    outside.join();
    const std::int64_t soon_ns = clock.now_ns() + 60 * kNanosPerSecond;
    ASSERT_TRUE(producer.flush(soon_ns).ok());

    Consumer& consumer = *client.open_consumer({}).value();
    ASSERT_TRUE(consumer.assign({stream.stream, StreamletId(0)}, StartAt::earliest()).ok());
    std::uint64_t next = 0;
    while (next < kSharedRecords && consumer.await(soon_ns)) {
        ASSERT_TRUE(
            consumer
                .poll_records(1000,
                              [&](const RecordView& record, const RecordPlace&) {
                                  const Bytes value = record.value();
                                  EXPECT_EQ(std::string(reinterpret_cast<const char*>(value.data()),
                                                        value.size()),
                                            std::to_string(next++));
                              })
                .ok());
    }
    EXPECT_EQ(next, kSharedRecords);
    client.close();
    core->stop();
}

}  // namespace
}  // namespace kera
