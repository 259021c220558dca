// A broker core: an arena, reactors, streams. A host process opens it, drives it or lets it run,
// and closes it. open(), start(), stop() and destruction on one thread. After start() each reactor
// has a thread; without it the host calls poll(). Owns a node's whole data plane. Invariant: after
// stop() nothing of the core runs, and the next open() finds what was acknowledged at `disk`.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "broker/catalog/stream_directory.hpp"
#include "broker/catalog/stream_factory.hpp"
#include "broker/config/core_config.hpp"
#include "broker/control/control_rings.hpp"
#include "broker/control/control_sender.hpp"
#include "broker/core/run_record.hpp"
#include "broker/kept/memory_keeping.hpp"
#include "broker/lane/virtual_log_durability.hpp"
#include "broker/mail/reactor_mailboxes.hpp"
#include "broker/metrics/counters.hpp"
#include "broker/reactor/reactor.hpp"
#include "broker/reactor/reactor_thread.hpp"
#include "disk/disk.hpp"
#include "memory/arena.hpp"
#include "memory/segment_pool.hpp"
#include "storage/group/grace.hpp"
#include "storage/segment/segment_memory.hpp"
#include "transport/transport.hpp"
#include "vlog/recovery/recovery.hpp"

namespace kera {

class CoreRecovery;

// Everything outside of the core, so that a simulation can replace it.
struct CoreEnvironment {
    const Clock* clock = nullptr;
    std::function<Result<std::unique_ptr<Transport>>(const Uri&, ReactorId)> make_transport;
    // Not called for a core that keeps no data.
    std::function<Result<std::unique_ptr<Disk>>(ReactorId)> make_disk;
    // Keeps other processes away from the data folder until the core is destroyed. Empty: no lock
    // is needed.
    std::function<Result<void>()> lock_data;
    // Whoever keeps the memory of a core that keeps data, called when the data folder is locked.
    // Empty, or null: nobody does.
    std::function<std::unique_ptr<MemoryKeeper>()> find_keeper;
    // Seed of the incarnations of journal files, which no client may foresee. Simulations give
    // their own, so that their runs are the same.
    std::uint64_t random_seed = 0;
};

// The system's clock, sockets, shared memory and files.
CoreEnvironment native_environment(const CoreConfig& config);

class Core {
  public:
    static Result<std::unique_ptr<Core>> open(const CoreConfig& config,
                                              const CoreEnvironment& environment);
    static Result<std::unique_ptr<Core>> open(const CoreConfig& config) {
        return open(config, native_environment(config));
    }
    ~Core();
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    // Starts a thread for each reactor, until stop(). invalid_argument: they run already.
    // limit_exceeded: the system gives no more threads; then none of them runs.
    Result<void> start();
    bool started() const noexcept { return threads_.front()->started(); }
    void stop();
    // Stops as if the process had crashed: nothing more is written.
    void abandon();
    // REQUIRES: not started. One duty cycle of every reactor. Returns how much was done.
    int poll();
    // REQUIRES: not started. What this reactor's thread would do now: a duty cycle, or nothing
    // while it sleeps. This shows a simulation whether a wake-up was forgotten.
    int step(ReactorId reactor);
    std::int64_t next_deadline_ns() const;

    // Refuses new appends. Once everything is on disk and answered, the control plane is told.
    void drain() noexcept { draining_.store(true, std::memory_order_release); }
    bool settled() const noexcept;

    // The addresses it listens at, with the ports that were chosen. The first reactor's come first.
    std::span<const Uri> endpoints() const noexcept { return endpoints_; }
    const CoreConfig& config() const noexcept { return config_; }
    const Arena& arena() const noexcept { return *arena_; }
    Arena& arena() noexcept { return *arena_; }
    const SegmentPool& pool() const noexcept { return *pool_; }
    SegmentPool& pool() noexcept { return *pool_; }
    Counters& counters() noexcept { return *counters_; }
    // For the control plane: commands go in, answers and events come out.
    ControlRings& control() noexcept { return *control_rings_; }
    Reactor& reactor(ReactorId id) noexcept {
        return *reactors_[static_cast<std::size_t>(id.value())];
    }

  private:
    Core(const CoreConfig& config, const CoreEnvironment& environment);

    // What recovery has found on disk.
    struct Found {
        RecoveryResult result;
        ProducerIds::Found producer_ids;
    };

    void join_threads();
    Result<void> set_up_disks();
    Result<void> finish_last_life();
    Result<void> set_up_memory();
    Result<Found> recover_data(CoreRecovery& recovery);
    Result<void> set_up_reactors(const Found& found);
    FirstReactorParts parts_of_first(const Found& found);
    std::unique_ptr<AppendDurability> make_durability(ReactorId id, const RecoveryResult& found);
    // Gives the recovered streams and segments to the reactors.
    void hand_over();
    Result<void> set_up_listeners();
    Result<TransportSessions*> add_transport(Reactor& reactor, const Uri& uri);

    const CoreConfig config_;
    const CoreEnvironment environment_;
    std::unique_ptr<MemoryKeeping> keeping_;
    RunRecord run_;
    std::unique_ptr<Arena> arena_;
    std::unique_ptr<SegmentPool> pool_;
    std::unique_ptr<SegmentMemory> memory_;
    std::unique_ptr<ProducerBudget> producers_;
    std::unique_ptr<Counters> counters_;
    // Allocated before the counters of streams: streams may fill the table, and each reactor needs
    // its own. Moved to the reactors.
    std::vector<ReactorCounters> reactor_counters_;
    NodeCounters node_counters_;
    GracePeriods grace_;
    std::atomic<bool> draining_{false};
    bool abandoned_ = false;
    // open() has ended well.
    bool complete_ = false;
    std::unique_ptr<ReactorMailboxes> mailboxes_;
    std::unique_ptr<ControlRings> control_rings_;
    std::unique_ptr<ControlSender> control_sender_;
    std::vector<std::unique_ptr<Reclaimer>> reclaimers_;
    std::vector<LaneHost> lane_hosts_;
    std::unique_ptr<StreamFactory> stream_factory_;
    std::unique_ptr<StreamDirectory> streams_;
    std::vector<std::unique_ptr<Disk>> disks_;
    std::vector<std::unique_ptr<Random>> randoms_;
    std::vector<std::unique_ptr<Reactor>> reactors_;
    std::vector<std::unique_ptr<ReactorThread>> threads_;
    std::vector<Uri> endpoints_;
};

}  // namespace kera
