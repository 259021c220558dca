// Conformance of every transport that an owner can sleep on: nothing that comes is slept over.
#include <poll.h>

#include <atomic>
#include <thread>

#include "transport/testing/conformance_kinds.hpp"

namespace kera {
namespace {

using ParkingTest = ConformanceFixture;

bool sleeps_until_ready(const Transport& transport, int patience_ms) {
    pollfd ready{transport.park_fd(), POLLIN, 0};
    return ::poll(&ready, 1, patience_ms) == 1;
}

TEST_P(ParkingTest, is_woken_by_a_message) {
    TestClient& client = connect_client();
    ASSERT_TRUE(pump_until([&] { return world_->server().prepare_park(); }));
    EXPECT_FALSE(sleeps_until_ready(world_->server(), 0));
    ASSERT_EQ(send_frame(*client.transport, client.endpoint, make_frame(64, 1), 24, kNoToken),
              SendOutcome::sent);
    ASSERT_TRUE(sleeps_until_ready(world_->server(), 60'000));
    ASSERT_TRUE(pump_until([&] { return server_recorder_.received.size() == 1; }));
    ASSERT_TRUE(pump_until([&] { return world_->server().prepare_park(); }));
    EXPECT_FALSE(sleeps_until_ready(world_->server(), 0));
}

TEST_P(ParkingTest, is_woken_by_another_thread) {
    for (int round = 0; round < 20; ++round) {
        ASSERT_TRUE(pump_until([&] { return world_->server().prepare_park(); }));
        std::thread waker([this] { world_->server().wake(); });
        EXPECT_TRUE(sleeps_until_ready(world_->server(), 60'000));
        waker.join();
        poll_server();
    }
}

TEST_P(ParkingTest, is_woken_by_a_connection_and_by_its_end) {
    ASSERT_TRUE(pump_until([&] { return world_->server().prepare_park(); }));
    clients_.push_back(std::make_unique<TestClient>());
    TestClient& client = *clients_.back();
    client.transport = world_->make_client();
    ASSERT_TRUE(client.transport->connect(world_->server_uri()).ok());
    ASSERT_TRUE(sleeps_until_ready(world_->server(), 60'000));
    ASSERT_TRUE(pump_until([&] { return !client.recorder.connected.empty(); }));
    ASSERT_TRUE(pump_until([&] { return world_->server().prepare_park(); }));
    client.transport.reset();
    ASSERT_TRUE(sleeps_until_ready(world_->server(), 60'000));
    ASSERT_TRUE(pump_until([&] { return !server_recorder_.disconnected.empty(); }));
}

TEST_P(ParkingTest, does_not_sleep_over_a_message_that_has_come) {
    TestClient& client = connect_client();
    ASSERT_TRUE(pump_until([&] { return world_->server().prepare_park(); }));
    poll_server();
    ASSERT_EQ(send_frame(*client.transport, client.endpoint, make_frame(64, 1), 24, kNoToken),
              SendOutcome::sent);
    EXPECT_TRUE(!world_->server().prepare_park() || sleeps_until_ready(world_->server(), 60'000));
    ASSERT_TRUE(pump_until([&] { return server_recorder_.received.size() == 1; }));
}

TEST_P(ParkingTest, is_woken_when_there_is_room_again) {
    TestClient& client = connect_client();
    const ByteVector frame = make_frame(32 * 1024, 1);
    std::size_t sent = 0;
    while (send_frame(*client.transport, client.endpoint, frame, 24, kNoToken) ==
           SendOutcome::sent) {
        ++sent;
    }
    while (!client.transport->prepare_park()) {
        client.transport->poll(client.recorder, 64);
    }
    EXPECT_FALSE(sleeps_until_ready(*client.transport, 0));
    const std::int64_t give_up_ns = system_clock_.now_ns() + kPatienceNs;
    while (client.recorder.writable.empty() && system_clock_.now_ns() < give_up_ns) {
        poll_server();
        if (sleeps_until_ready(*client.transport, 0)) {
            client.transport->poll(client.recorder, 64);
            client.transport->prepare_park();
        }
    }
    EXPECT_EQ(client.recorder.writable.size(), 1U);
    EXPECT_GT(sent, 0U);
}

// Both sides sleep whenever they have nothing to do, so a single lost wake-up would stop them.
TEST_P(ParkingTest, loses_no_wake_up_between_two_threads) {
    constexpr std::size_t kRounds = 3000;
    TestClient& client = connect_client();
    std::atomic<bool> overslept{false};
    const auto run = [&overslept](Transport& transport, TransportHandler& handler,
                                  const std::function<bool()>& done) {
        while (!done() && !overslept.load()) {
            if (transport.poll(handler, 64) == 0 && !done() && transport.prepare_park() &&
                !sleeps_until_ready(transport, 60'000)) {
                overslept.store(true);
            }
        }
    };
    const ByteVector frame = make_frame(64, 1);
    server_recorder_.respond = [&](EndpointId endpoint, Inbound&&) {
        static_cast<void>(send_frame(world_->server(), endpoint, frame, 24, kNoToken));
    };
    client.recorder.respond = [&](EndpointId endpoint, Inbound&&) {
        if (client.recorder.message_count < kRounds) {
            static_cast<void>(send_frame(*client.transport, endpoint, frame, 24, kNoToken));
        }
    };
    std::thread server([&] {
        run(world_->server(), server_recorder_,
            [&] { return server_recorder_.message_count == kRounds; });
    });
    ASSERT_EQ(send_frame(*client.transport, client.endpoint, frame, 24, kNoToken),
              SendOutcome::sent);
    run(*client.transport, client.recorder,
        [&] { return client.recorder.message_count == kRounds; });
    server.join();
    EXPECT_FALSE(overslept.load());
    EXPECT_EQ(client.recorder.message_count, kRounds);
}

INSTANTIATE_TEST_SUITE_P(Transports, ParkingTest, parking_kinds(), kind_name);

}  // namespace
}  // namespace kera
