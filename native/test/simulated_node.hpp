// A node with its disk, its network and its clients in one thread, from one seed.
// Owns all of it; clients are destroyed before the core, the core before the network.
// Invariant: everything that happens is decided by the seed.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "broker/core.hpp"
#include "client/client.hpp"
#include "disk/sim_disk.hpp"
#include "driven_transport.hpp"
#include "transport/sim/sim_net.hpp"
#include "transport/sim/sim_transport.hpp"

namespace kera {

class SimulatedNode {
  public:
    SimulatedNode(std::uint64_t seed, const CoreConfig& config) : net_(seed), config_(config) {
        config_.random_seed = seed;
        start();
    }
    ~SimulatedNode() {
        clients_.clear();
        stop();
    }
    SimulatedNode(const SimulatedNode&) = delete;
    SimulatedNode& operator=(const SimulatedNode&) = delete;

    Client& connect(const std::string& name) {
        auto transport = std::make_unique<DrivenTransport>(net_.open(name), [this] { turn(); });
        ClientOptions options;
        options.loop.random_seed = net_.random().next() | 1U;
        clients_.push_back(std::make_unique<Client>(std::move(transport), net_.clock(),
                                                    parse_uri("sim:broker").value(), options));
        return *clients_.back();
    }

    void turn() {
        if (core_ != nullptr) {
            core_->poll();
        }
        // To the next thing that happens anywhere, the disk included, and never far.
        std::int64_t next_ns = std::min(net_.next_event_ns(), net_.now_ns() + kNanosPerMilli);
        if (core_ != nullptr) {
            next_ns = std::min(next_ns, core_->next_deadline_ns());
        }
        net_.advance_ns(std::max<std::int64_t>(next_ns - net_.now_ns(), kNanosPerMicro));
    }
    // The clients work on; nobody is waited for.
    void run_ms(std::int64_t ms) {
        const std::int64_t until_ns = net_.now_ns() + ms * kNanosPerMilli;
        while (net_.now_ns() < until_ns) {
            if (clients_.empty()) {
                turn();
            }
            for (const std::unique_ptr<Client>& client : clients_) {
                client->poll();
            }
        }
    }

    void stop_cleanly() { stop(); }
    // The machine loses its power: what was not synced is lost, kept or torn.
    void cut_power() {
        core_->abandon();
        for (SimDisk* disk : disks_) {
            disk->crash();
        }
        stop();
        media_.crash(net_.random());
    }
    void start() {
        CoreEnvironment environment;
        environment.clock = &net_.clock();
        environment.make_transport = [this](const Uri& uri,
                                            ReactorId) -> Result<std::unique_ptr<Transport>> {
            std::unique_ptr<Transport> transport = net_.open(SimNet::node_of(uri.address));
            return transport;
        };
        environment.make_disk = [this](ReactorId) -> Result<std::unique_ptr<Disk>> {
            auto disk = std::make_unique<SimDisk>(media_, net_.clock(), net_.random());
            disks_.push_back(disk.get());
            return std::unique_ptr<Disk>(std::move(disk));
        };
        Result<std::unique_ptr<Core>> core = Core::open(config_, environment);
        ASSERT_TRUE(core.ok()) << describe(core.error());
        core_ = std::move(core).value();
    }

    SimNet& net() noexcept { return net_; }
    Random& random() noexcept { return net_.random(); }
    Core& core() noexcept { return *core_; }
    std::vector<SimDisk*>& disks() noexcept { return disks_; }

  private:
    void stop() {
        core_.reset();
        disks_.clear();
    }

    SimNet net_;
    CoreConfig config_;
    SimMedia media_;
    std::vector<SimDisk*> disks_;
    std::unique_ptr<Core> core_;
    std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace kera
