// For whole-system tests: a node and its clients in one thread, over a transport of the test's
// choice. A client's poll() also runs the node's duty cycle, and over `sim` moves time, so no test
// sleeps. Owns node, network and folders; clients are destroyed before it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/testing/temp_folder.hpp"
#include "broker/core/core.hpp"
#include "client/open/admin.hpp"
#include "client/open/client.hpp"
#include "client/open/client_transport.hpp"
#include "disk/sim_disk.hpp"
#include "transport/sim/sim_net.hpp"
#include "transport/sim/sim_transport.hpp"

namespace kera {

enum class Path : std::uint8_t { tcp, shm, sim };

inline std::string name_of(Path path) {
    return path == Path::tcp ? "tcp" : path == Path::shm ? "shm" : "sim";
}

class WholeNode {
  public:
    explicit WholeNode(Path path, CoreConfig config = {}) : path_(path), config_(config) {
        if (config_.arena_bytes == CoreConfig{}.arena_bytes) {
            config_.arena_bytes = 256_MiB;
        }
        config_.touch_ahead = false;
        config_.listen = {path == Path::tcp   ? "tcp:127.0.0.1:0"
                          : path == Path::shm ? "shm:" + folder_.path() + "/node.sock"
                                              : "sim:node"};
        if (config_.keeps_data() && path != Path::sim) {
            config_.data_folder = folder_.path() + "/data";
            std::filesystem::create_directory(config_.data_folder);
        }
        start();
        // A restarted node keeps its address.
        config_.listen = {core_->endpoints().front().text()};
    }

    void start() {
        Result<std::unique_ptr<Core>> core =
            path_ == Path::sim ? Core::open(config_, simulated()) : Core::open(config_);
        ASSERT_TRUE(core.ok()) << describe(core.error());
        core_ = std::move(core).value();
    }
    void stop() { core_.reset(); }

    // The caller drives it, together with the node.
    std::unique_ptr<Client> connect(ClientOptions options = {}) {
        const Uri uri = core_->endpoints().front();
        std::unique_ptr<Transport> transport;
        if (path_ == Path::sim) {
            transport = net_.open("client" + std::to_string(++clients_));
        } else {
            transport = open_client_transport(uri, {}, clock()).value();
        }
        auto together = std::make_unique<Together>(*this, std::move(transport));
        auto client = std::make_unique<Client>(std::move(together), clock(), uri, options);
        EXPECT_TRUE(client->await_session(10 * kNanosPerSecond).ok());
        return client;
    }

    void turn() {
        if (core_) {
            core_->poll();
        }
        if (path_ == Path::sim && !net_.step()) {
            net_.advance_ns(kNanosPerMilli / 20);
        }
    }

    const Clock& clock() const {
        return path_ == Path::sim ? static_cast<const Clock&>(net_.clock()) : system_clock_;
    }
    std::int64_t soon_ns() const { return clock().now_ns() + 60 * kNanosPerSecond; }
    SimNet& net() noexcept { return net_; }
    Core& core() noexcept { return *core_; }

  private:
    class Together final : public Transport {
      public:
        Together(WholeNode& node, std::unique_ptr<Transport> inner)
            : node_(node), inner_(std::move(inner)) {}
        const Capabilities& capabilities() const override { return inner_->capabilities(); }
        Result<void> register_memory(const MemoryRegion& region) override {
            return inner_->register_memory(region);
        }
        Result<Uri> listen(const Uri& uri) override { return inner_->listen(uri); }
        Result<EndpointId> connect(const Uri& uri) override { return inner_->connect(uri); }
        SendOutcome send(EndpointId endpoint, std::span<const std::byte> head,
                         std::span<const IoSpan> body, Token token) override {
            return inner_->send(endpoint, head, body, token);
        }
        void close(EndpointId endpoint, const Error& why) override { inner_->close(endpoint, why); }
        void allow_large_frames(EndpointId endpoint, std::uint32_t bytes) override {
            inner_->allow_large_frames(endpoint, bytes);
        }
        std::span<std::byte> send_memory(EndpointId endpoint) override {
            return inner_->send_memory(endpoint);
        }
        void drop_send_memory(EndpointId endpoint) override { inner_->drop_send_memory(endpoint); }
        int poll(TransportHandler& handler, int budget) override {
            node_.turn();
            return inner_->poll(handler, budget);
        }
        std::int64_t next_deadline_ns() const override { return inner_->next_deadline_ns(); }
        bool prepare_park() override { return false; }
        int park_fd() const override { return -1; }
        void wake() override { inner_->wake(); }

      private:
        WholeNode& node_;
        std::unique_ptr<Transport> inner_;
    };

    CoreEnvironment simulated() {
        CoreEnvironment environment;
        environment.clock = &net_.clock();
        environment.make_transport = [this](const Uri& uri,
                                            ReactorId) -> Result<std::unique_ptr<Transport>> {
            return std::unique_ptr<Transport>(net_.open(SimNet::node_of(uri.address)));
        };
        environment.make_disk = [this](ReactorId) -> Result<std::unique_ptr<Disk>> {
            return std::unique_ptr<Disk>(
                std::make_unique<SimDisk>(media_, net_.clock(), net_.random()));
        };
        return environment;
    }

    const Path path_;
    TempFolder folder_;
    SystemClock system_clock_;
    SimNet net_{1};
    SimMedia media_;
    CoreConfig config_;
    int clients_ = 0;
    std::unique_ptr<Core> core_;
};

}  // namespace kera
