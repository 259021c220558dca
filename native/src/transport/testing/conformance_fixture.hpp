// What each conformance test starts from: a world, a server and clients, each with its recorder.
// Thread: the test's, which polls all of them. Waiting ends with a failure after a minute.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "transport/testing/transport_recorder.hpp"
#include "transport/testing/transport_world.hpp"

namespace kera {

struct TransportKind {
    const char* name;
    const char* scheme;
    std::unique_ptr<TransportWorld> (*make_world)();
};

inline void PrintTo(const TransportKind& kind, std::ostream* out) {
    *out << kind.name;
}

struct TestClient {
    std::unique_ptr<Transport> transport;
    TransportRecorder recorder;
    EndpointId endpoint;         // here
    EndpointId server_endpoint;  // there
};

class ConformanceFixture : public testing::TestWithParam<TransportKind> {
  protected:
    static constexpr std::uint32_t kLarge = 64 * 1024 * 1024;
    static constexpr std::int64_t kPatienceNs = 60 * kNanosPerSecond;

    void SetUp() override { world_ = GetParam().make_world(); }

    void TearDown() override {
        EXPECT_EQ(server_recorder_.misaligned, 0);
        for (const auto& client : clients_) {
            EXPECT_EQ(client->recorder.misaligned, 0);
        }
    }

    void poll_server() { world_->server().poll(server_recorder_, 64); }

    void poll_clients() {
        for (const auto& client : clients_) {
            if (client->transport != nullptr) {
                client->transport->poll(client->recorder, 64);
            }
        }
    }

    bool pump_until(const std::function<bool()>& done) {
        const std::int64_t give_up_ns = system_clock_.now_ns() + kPatienceNs;
        while (!done()) {
            poll_server();
            poll_clients();
            world_->step();
            if (system_clock_.now_ns() > give_up_ns) {
                return false;
            }
        }
        return true;
    }

    void pump(int rounds) {
        for (int round = 0; round < rounds; ++round) {
            poll_server();
            poll_clients();
            world_->step();
        }
    }

    // A client that is connected. Both sides accept large frames.
    TestClient& connect_client() {
        TestClient& client = connect_stranger();
        client.transport->allow_large_frames(client.endpoint, kLarge);
        world_->server().allow_large_frames(client.server_endpoint, kLarge);
        return client;
    }

    TestClient& connect_stranger() {
        clients_.push_back(std::make_unique<TestClient>());
        TestClient& client = *clients_.back();
        client.transport = world_->make_client();
        const std::size_t known = server_recorder_.connected.size();
        const auto endpoint = client.transport->connect(world_->server_uri());
        EXPECT_TRUE(endpoint.ok());
        client.endpoint = endpoint.value();
        EXPECT_TRUE(pump_until([&] {
            return !client.recorder.connected.empty() && server_recorder_.connected.size() > known;
        }));
        client.server_endpoint = server_recorder_.connected.back();
        return client;
    }

    // From here on the server sends every message back, with its body in one piece.
    void echo() {
        server_recorder_.respond = [this](EndpointId endpoint, Inbound&& message) {
            auto frame = std::make_unique<ByteVector>(joined(message));
            if (send_frame(world_->server(), endpoint, *frame, kFrameHeaderBytes, kNoToken) ==
                SendOutcome::again) {
                unsent_echoes_.push_back({endpoint, std::move(*frame)});
            }
        };
    }

    SystemClock system_clock_;
    std::unique_ptr<TransportWorld> world_;
    TransportRecorder server_recorder_;
    std::vector<std::unique_ptr<TestClient>> clients_;
    std::vector<TransportRecorder::Received> unsent_echoes_;
};

}  // namespace kera
