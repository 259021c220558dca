// A node over shared memory, with a client. The test moves time. Thread: the test's.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/testing/temp_folder.hpp"
#include "transport/shm/shm_transport.hpp"
#include "transport/shm/testing/raw_shm_client.hpp"
#include "transport/testing/transport_recorder.hpp"

namespace kera {

class ShmNodeFixture : public testing::Test {
  protected:
    void open(const ShmOptions& options) {
        node_ = ShmTransport::open(options, clock_).value();
        ASSERT_TRUE(node_->listen({"shm", path()}).ok());
    }

    std::string path() const { return folder_.file("node.sock"); }

    bool poll_until(const std::function<bool()>& done) {
        const SystemClock patience;
        const std::int64_t give_up_ns = patience.now_ns() + 60 * kNanosPerSecond;
        while (!done()) {
            poll_node();
            if (client_ != nullptr) {
                client_->poll(client_recorder_, 64);
            }
            if (patience.now_ns() > give_up_ns) {
                return false;
            }
        }
        return true;
    }

    void poll_node() { node_->poll(recorder_, 64); }

    // So many polls that the node has certainly read its sockets.
    void poll_often() {
        for (int count = 0; count < 5000; ++count) {
            poll_node();
        }
    }

    // A raw client after its handshake. The node knows it as endpoint_.
    std::unique_ptr<RawShmClient> raw_client() {
        auto client = std::make_unique<RawShmClient>(path());
        EXPECT_TRUE(client->send_hello());
        const std::size_t known = recorder_.connected.size();
        EXPECT_TRUE(poll_until([&] { return recorder_.connected.size() > known; }));
        endpoint_ = recorder_.connected.back();
        node_->allow_large_frames(endpoint_, 1 << 20);
        EXPECT_EQ(client->take_welcome().code, ErrorCode::ok);
        return client;
    }

    // Connects client_, which knows the connection as client_endpoint_. The node knows it as
    // endpoint_.
    void connect_client(const ShmOptions& options) {
        client_ = ShmTransport::open(options, clock_).value();
        client_endpoint_ = client_->connect({"shm", path()}).value();
        const std::size_t known = recorder_.connected.size();
        ASSERT_TRUE(poll_until([&] {
            return recorder_.connected.size() > known && !client_recorder_.connected.empty();
        }));
        endpoint_ = recorder_.connected.back();
        node_->allow_large_frames(endpoint_, 1 << 26);
        client_->allow_large_frames(client_endpoint_, 1 << 26);
    }

    const Error& why(EndpointId endpoint) { return recorder_.disconnected[endpoint.value()].at(0); }
    bool ended(EndpointId endpoint) const {
        return recorder_.disconnected.contains(endpoint.value());
    }

    TempFolder folder_;
    ManualClock clock_{kNanosPerSecond};
    std::unique_ptr<ShmTransport> node_;
    std::unique_ptr<ShmTransport> client_;
    TransportRecorder recorder_;
    TransportRecorder client_recorder_;
    EndpointId endpoint_;
    EndpointId client_endpoint_;
};

}  // namespace kera
