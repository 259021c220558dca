// A node with its disk, its network and its clients in one thread, from one seed. Owns all of it;
// clients are destroyed before the core, the core before the network. Reactors run in an order from
// the seed, as threads would, and sleep until they are woken. Invariant: the seed decides
// everything that happens.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "broker/core/core.hpp"
#include "client/open/client.hpp"
#include "disk/sim_disk.hpp"
#include "driven_transport.hpp"
#include "keeper/testing/machine_memory.hpp"
#include "recovery_watch.hpp"
#include "transport/sim/sim_net.hpp"
#include "transport/sim/sim_transport.hpp"
#include "violations.hpp"
#include "vlog/tail/found_tail.hpp"

namespace kera {

// What has happened, so that a batch of seeds can be compared with its plan.
struct NodeEvents {
    std::int64_t starts = 0;
    std::int64_t power_cuts = 0;
    std::int64_t cuts_in_recovery = 0;
    std::int64_t kills = 0;
    // Of a start that was killed itself.
    std::int64_t kills_in_recovery = 0;
    // Kills that left something in memory which was not on disk.
    std::int64_t kills_with_a_tail = 0;
    std::int64_t journal_files_reused = 0;
    std::int64_t segments_read_back = 0;
};

class SimulatedNode {
  public:
    // `harmed`: something else damages the node's files, so that records may be lost.
    SimulatedNode(std::uint64_t seed, const CoreConfig& config, bool harmed, Violations& violations)
        : harmed_(harmed), violations_(violations), net_(seed), config_(config) {
        config_.random_seed = seed;
        start();
    }
    ~SimulatedNode() {
        close_clients();
        stop();
    }
    SimulatedNode(const SimulatedNode&) = delete;
    SimulatedNode& operator=(const SimulatedNode&) = delete;

    // The address of one of its reactors.
    Uri uri(std::int32_t reactor) const {
        const std::string address =
            reactor == 0 ? "sim:broker" : "sim:broker/" + std::to_string(reactor);
        return parse_uri(address).value();
    }
    Client& connect(const std::string& name, std::int32_t reactor = 0) {
        auto transport = std::make_unique<DrivenTransport>(net_.open(name), [this] { turn(); });
        ClientOptions options;
        options.loop.random_seed = net_.random().next() | 1U;
        clients_.push_back(
            std::make_unique<Client>(std::move(transport), net_.clock(), uri(reactor), options));
        return *clients_.back();
    }

    // Call it before the objects that receive outcomes are destroyed.
    void close_clients() { clients_.clear(); }

    void turn() {
        if (core_ != nullptr) {
            step_reactors();
        }
        // Moves time to the next event anywhere, the disk included, but only by a little.
        std::int64_t next_ns = std::min(net_.next_event_ns(), net_.now_ns() + kNanosPerMilli);
        if (core_ != nullptr) {
            next_ns = std::min(next_ns, core_->next_deadline_ns());
        }
        net_.advance_ns(std::max<std::int64_t>(next_ns - net_.now_ns(), kNanosPerMicro));
    }
    // The clients continue to work; nobody waits for them.
    void run_ms(std::int64_t ms) { run_until_ns(net_.now_ns() + ms * kNanosPerMilli); }
    void run_until_ns(std::int64_t until_ns) {
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
    // The machine loses power: unsynced bytes are lost, kept or torn.
    void cut_power() {
        ++events_.power_cuts;
        if (core_ != nullptr) {
            core_->abandon();
            for (SimDisk* disk : disks_) {
                disk->crash();
            }
        }
        stop();
        media_.crash(net_.random());
        memory_.loses_power();
    }
    // The process is killed; the machine goes on.
    void kill() {
        ++events_.kills;
        die();
    }
    void start() {
        ++events_.starts;
        if (const Result<void> started = try_start(UINT64_MAX); !started.ok()) {
            violations_.add("the node does not start: " + describe(started.error()));
        }
        if (const std::string complaint = watch_.take_complaint(); !harmed_ && !complaint.empty()) {
            violations_.add("nothing was damaged, but: " + complaint);
        }
    }
    // Cuts the power again after so many changes to the disk, in the middle of recovery.
    void start_and_cut_power_after(std::uint64_t changes) {
        ++events_.cuts_in_recovery;
        static_cast<void>(try_start(changes));
        cut_power();
    }

    // Kills the next process after so many changes to the disk, in the middle of recovery.
    void start_and_kill_after(std::uint64_t changes) {
        ++events_.kills_in_recovery;
        static_cast<void>(try_start(changes));
        die();
    }

    SimNet& net() noexcept { return net_; }
    std::int64_t now_ns() const noexcept { return net_.now_ns(); }
    std::int64_t now_ms() const noexcept { return net_.clock().epoch_ms(); }
    Random& random() noexcept { return net_.random(); }
    bool up() const noexcept { return core_ != nullptr; }
    Core& core() noexcept { return *core_; }
    const CoreConfig& config() const noexcept { return config_; }
    SimMedia& media() noexcept { return media_; }
    std::vector<SimDisk*>& disks() noexcept { return disks_; }
    const NodeEvents& events() const noexcept { return events_; }
    Violations& violations() noexcept { return violations_; }

  private:
    // Any of them may be delayed while others run several times.
    void step_reactors() {
        const auto count = static_cast<std::uint64_t>(config_.reactor_count);
        const std::uint64_t first = count == 1 ? 0 : net_.random().below(count);
        for (std::uint64_t at = 0; at < count; ++at) {
            if (count == 1 || net_.random().chance(0.6)) {
                core_->step(ReactorId(static_cast<std::int32_t>((first + at) % count)));
            }
        }
    }
    Result<void> try_start(std::uint64_t changes_before_death) {
        CoreEnvironment environment;
        environment.clock = &net_.clock();
        environment.make_transport = [this](const Uri& uri,
                                            ReactorId) -> Result<std::unique_ptr<Transport>> {
            std::unique_ptr<Transport> transport = net_.open(SimNet::node_of(uri.address));
            return transport;
        };
        environment.make_disk = [this,
                                 changes_before_death](ReactorId) -> Result<std::unique_ptr<Disk>> {
            SimDiskOptions options;
            options.changes_before_death = changes_before_death;
            options.on_operation = [this](const DiskOperation& operation) { count(operation); };
            auto disk = std::make_unique<SimDisk>(media_, net_.clock(), net_.random(), options);
            disks_.push_back(disk.get());
            return std::unique_ptr<Disk>(std::move(disk));
        };
        environment.find_keeper = [this] { return memory_.keeper(); };
        Result<std::unique_ptr<Core>> core = Core::open(config_, environment);
        if (!core.ok()) {
            disks_.clear();
            return core.error();
        }
        core_ = std::move(core).value();
        return {};
    }
    void die() {
        if (core_ != nullptr) {
            core_->abandon();
            for (SimDisk* disk : disks_) {
                disk->crash();
            }
        }
        memory_.process_dies();
        events_.kills_with_a_tail += tail_is_kept() ? 1 : 0;
        stop();
    }
    bool tail_is_kept() const {
        if (!memory_.holds_something()) {
            return false;
        }
        const KeptMapping chunks = KeptMapping::map(memory_.kept().chunks).value();
        const KeptMapping tails = KeptMapping::map(memory_.kept().tails).value();
        return std::ranges::any_of(read_tails(tails.bytes(), chunks.bytes()).value(),
                                   [](const FoundTail& tail) { return !tail.entries.empty(); });
    }
    void count(const DiskOperation& operation) {
        const std::string& path = operation.spec.path;
        if (operation.action == DiskAction::rename) {
            events_.journal_files_reused += path.starts_with("journal/") ? 1 : 0;
        }
        events_.segments_read_back +=
            operation.action == DiskAction::open && operation.spec.use == FileUse::reading ? 1 : 0;
    }
    void stop() {
        core_.reset();
        disks_.clear();
    }

    const bool harmed_;
    RecoveryWatch watch_;
    Violations& violations_;
    SimNet net_;
    CoreConfig config_;
    SimMedia media_;
    MachineMemory memory_;
    NodeEvents events_;
    std::vector<SimDisk*> disks_;
    std::unique_ptr<Core> core_;
    std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace kera
