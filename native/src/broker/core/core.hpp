// A broker core: an arena, reactors, streams. What a host process opens, drives or lets run, and
// closes. open(), start(), stop() and destruction on one thread. After start() each reactor has its
// own thread; without it the host calls poll(). Owns everything a node's data plane consists of.
// Invariant: when stop() has returned nothing of the core runs, and what was acknowledged at `disk`
// is there again at the next open().
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
#include "vlog/recovery.hpp"

namespace kera {

class CoreRecovery;

// The world outside, so that a simulation can put another in its place.
struct CoreEnvironment {
    const Clock* clock = nullptr;
    std::function<Result<std::unique_ptr<Transport>>(const Uri&, ReactorId)> make_transport;
    // Not called for a core that keeps no data.
    std::function<Result<std::unique_ptr<Disk>>(ReactorId)> make_disk;
    // Keeps other processes off the data folder until the core is gone; empty: nobody else is
    // there.
    std::function<Result<void>()> lock_data;
    // Of the numbers that tell a file's lives apart, which no client may foresee; simulations take
    // their own, so that they run alike.
    std::uint64_t random_seed = 0;
};

// Real clock, sockets, shared memory and files.
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

    // One thread for each reactor, until stop(). invalid_argument: they run already;
    // limit_exceeded: the system gives no more threads. Then none runs that did not before.
    Result<void> start();
    bool started() const noexcept { return threads_.front()->started(); }
    void stop();
    // Stops as if the process had died: nothing more is written.
    void abandon();
    // REQUIRES: not started. One duty cycle of every reactor; returns how much was done.
    int poll();
    // REQUIRES: not started. What the thread of this reactor would do now: a duty cycle, or nothing
    // while it sleeps. A simulation sees by this whether a wake-up was forgotten.
    int step(ReactorId reactor);
    std::int64_t next_deadline_ns() const;

    // Refuses new appends; once everything is on disk and answered, the control plane is told.
    void drain() noexcept { draining_.store(true, std::memory_order_release); }
    bool settled() const noexcept;

    // Where it listens, with the ports that were chosen; those of the first reactor come first.
    std::span<const Uri> endpoints() const noexcept { return endpoints_; }
    const CoreConfig& config() const noexcept { return config_; }
    const Arena& arena() const noexcept { return *arena_; }
    Arena& arena() noexcept { return *arena_; }
    const SegmentPool& pool() const noexcept { return *pool_; }
    Counters& counters() noexcept { return *counters_; }
    // For the control plane: commands in, answers and events out.
    ControlRings& control() noexcept { return *control_rings_; }
    Reactor& reactor(ReactorId id) noexcept {
        return *reactors_[static_cast<std::size_t>(id.value())];
    }

  private:
    Core(const CoreConfig& config, const CoreEnvironment& environment);

    // What the disk holds, when there is one.
    struct Found {
        RecoveryResult result;
        ProducerIds::Found producer_ids;
    };

    void join_threads();
    Result<void> set_up_disks();
    Result<void> set_up_memory();
    Result<Found> recover_data(CoreRecovery& recovery);
    Result<void> set_up_reactors(const Found& found);
    FirstReactorParts parts_of_first(const Found& found);
    std::unique_ptr<AppendDurability> make_durability(ReactorId id, const RecoveryResult& found);
    // What recovery has put into memory becomes the reactors'.
    void hand_over(const CoreRecovery& recovery);
    Result<void> set_up_listeners();
    Result<TransportSessions*> add_transport(Reactor& reactor, const Uri& uri);

    const CoreConfig config_;
    const CoreEnvironment environment_;
    std::unique_ptr<Arena> arena_;
    std::unique_ptr<SegmentPool> pool_;
    std::unique_ptr<SegmentMemory> memory_;
    std::unique_ptr<ProducerBudget> producers_;
    std::unique_ptr<Counters> counters_;
    // Until reactors take theirs: allocated before any stream's, so that a table that streams fill
    // leaves none of them without.
    std::vector<ReactorCounters> reactor_counters_;
    NodeCounters node_counters_;
    GracePeriods grace_;
    std::atomic<bool> draining_{false};
    bool abandoned_ = false;
    std::unique_ptr<ReactorMailboxes> mailboxes_;
    std::unique_ptr<ControlRings> control_rings_;
    std::unique_ptr<ControlSender> control_sender_;
    std::vector<std::unique_ptr<Reclaimer>> reclaimers_;
    std::vector<LaneHost> lane_hosts_;
    std::unique_ptr<StreamFactory> stream_factory_;
    std::unique_ptr<StreamDirectory> streams_;
    std::vector<std::unique_ptr<Disk>> disks_;
    std::vector<std::unique_ptr<Random>> randoms_;
    RecoveredJournals recovered_;
    std::vector<std::unique_ptr<Reactor>> reactors_;
    std::vector<std::unique_ptr<ReactorThread>> threads_;
    std::vector<Uri> endpoints_;
};

}  // namespace kera
