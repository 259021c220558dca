// A reactor: one thread's share of a core, with its own connections, lanes and disk. poll() is one
// duty cycle; a thread calls it again and again, or whoever drives the core by hand. Owns its
// transports and everything that serves them; borrows what all reactors of a core share. Invariant:
// nothing in a duty cycle waits; what is not ready is registered, and tried again when it moves.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "broker/append/appends.hpp"
#include "broker/config/core_config.hpp"
#include "broker/first_reactor/first_reactor.hpp"
#include "broker/lane/append_durability.hpp"
#include "broker/lane/lane_maintenance.hpp"
#include "broker/lane/producer_snapshots.hpp"
#include "broker/lane/stream_lifecycle.hpp"
#include "broker/mail/reactor_mailboxes.hpp"
#include "broker/metrics/counter_sets.hpp"
#include "broker/reactor/requests.hpp"
#include "broker/reactor/transport_sessions.hpp"
#include "broker/read/fetches.hpp"
#include "broker/read/offset_lists.hpp"
#include "broker/read/subscriptions.hpp"
#include "broker/session/answers.hpp"
#include "broker/session/request_guard.hpp"
#include "disk/disk.hpp"
#include "storage/group/grace.hpp"

namespace kera {

// What a reactor borrows: shared by all reactors, or its own.
struct ReactorParts {
    ReactorId id;
    const CoreConfig& config;
    const Clock& clock;
    GracePeriods& grace;
    Reclaimer& reclaimer;
    SegmentMemory& memory;
    ProducerBudget& producers;
    ReactorMailboxes& mailboxes;
    Counters& counters;
    // Null for a core without a disk.
    Disk* disk;
    // Set once, by any thread, when the node has to stop.
    const std::atomic<bool>& draining;
};

class Reactor final : public SessionEvents {
  public:
    // `first` is for the first reactor, which takes what is in it; null for all others.
    Reactor(const ReactorParts& parts, ReactorCounters&& counters,
            std::unique_ptr<AppendDurability> durability, FirstReactorParts* first = nullptr);
    ~Reactor();
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;

    // --- set-up, before the first poll()
    TransportSessions& add_transport(std::unique_ptr<Transport> transport);
    // Streams that recovery has found, and those that it has set aside.
    void add_recovered(std::shared_ptr<Stream> stream) { lifecycle_.opened(std::move(stream)); }
    void add_set_aside(StreamId stream) { streams_.set_aside(stream); }
    std::span<const std::unique_ptr<TransportSessions>> transport_sessions() const noexcept {
        return transport_sessions_;
    }
    Disk* disk() noexcept { return disk_; }

    // --- running
    // Returns how much was done; 0 when idle.
    int poll();
    std::int64_t next_deadline_ns() const;
    // Prepares every source of work to wake the thread. False: there is work, so poll again instead
    // of sleeping.
    bool prepare_park();
    // Called before and after the thread sleeps.
    void park() noexcept { parts_.grace.park(grace_slot_); }
    void unpark() noexcept { parts_.grace.unpark(grace_slot_); }
    ReactorId id() const noexcept { return parts_.id; }
    ReactorCounters& counters() noexcept { return counters_; }
    // --- stopped: on the thread of the core's owner
    // Everything appended goes to disk, as far as the disk takes it. False: some of it is not
    // there.
    bool flush();
    // Closes connections and releases the disk.
    void close();

    // Nothing is being sent or written.
    bool quiet() const noexcept;
    // This reactor is drained. Any thread.
    bool settled() const noexcept { return settled_.load(std::memory_order_acquire); }

  private:
    void on_message(Session& session, Inbound&& message) override;
    void on_violation(Session& session, const Error& what) override;
    void on_writable(Session& session) override;
    void on_closed(Session& session) override;

    std::unique_ptr<FirstReactor> make_first(FirstReactorParts* parts);
    int handle_mail();
    void report_dropped();
    void handle(ReactorMessage&& message);
    void handle_request(const FirstReactorRequest& request);
    int continue_requests();
    int run_timers(std::int64_t now_ns);
    void continue_draining();

    const ReactorParts parts_;
    CycleClock cycle_;
    Disk* disk_;
    std::unique_ptr<AppendDurability> durability_;
    int grace_slot_;
    ReactorCounters counters_;
    RequestGuard guard_;
    SessionTable sessions_;
    StreamTable streams_;
    Answers answers_;
    SpanSender sender_;
    SegmentLoads loads_;
    ProducerSnapshots snapshots_;
    LaneMaintenance lane_maintenance_;
    Appends appends_;
    Fetches fetches_;
    OffsetLists offset_lists_;
    Subscriptions subscriptions_;
    StreamLifecycle lifecycle_;
    MailedStarts mailed_starts_;
    // Null but on the first reactor.
    std::unique_ptr<FirstReactor> first_;
    StartStore& starts_;
    Requests requests_;
    std::vector<std::unique_ptr<TransportSessions>> transport_sessions_;
    // Streams dropped here. The first reactor has not been told yet.
    std::vector<StreamDropped> dropped_;
    std::int64_t next_timers_ns_ = 0;
    std::atomic<bool> settled_{false};
};

}  // namespace kera
