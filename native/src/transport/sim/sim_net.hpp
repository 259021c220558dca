// A network of nodes in one thread, with a virtual clock and one seed: the same seed and the same
// calls give the same run. Faults belong to one direction of a link, or to a node. An address is a
// node's name, or node/anything for one of several processes of a node. Thread: the simulation's.
// Owns time, links and what is in flight; transports belong to their nodes and are destroyed before
// the net. Invariant: nothing here reads a real clock.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "transport/sim/sim_link.hpp"

namespace kera {

class SimTransport;
struct SimOptions;

class SimNet {
  public:
    explicit SimNet(std::uint64_t seed) : random_(seed) {}
    SimNet(const SimNet&) = delete;
    SimNet& operator=(const SimNet&) = delete;
    // REQUIRES: every transport has been destroyed.
    ~SimNet();

    const ManualClock& clock() const { return clock_; }
    std::int64_t now_ns() const { return clock_.now_ns(); }
    Random& random() { return random_; }

    // Starts a process on this node; after a crash, another one.
    std::unique_ptr<SimTransport> open(const std::string& node);
    std::unique_ptr<SimTransport> open(const std::string& node, const SimOptions& options);

    // Of every link, also of links that are used later for the first time.
    void set_faults(const LinkFaults& faults);
    void set_faults(const std::string& from, const std::string& to, const LinkFaults& faults);
    // What is sent from one to the other waits. After dead_after_ns the connection breaks.
    void partition(const std::string& from, const std::string& to);
    void heal(const std::string& from, const std::string& to);
    void heal_all();
    // Its processes do not run: polling them does nothing. The others notice only silence.
    void pause(const std::string& node) { paused_[node] = true; }
    void resume(const std::string& node) { paused_[node] = false; }
    bool paused(const std::string& node) const;
    // Its processes end: their handlers are not called again. What they have sent may be lost. With
    // `machine` nobody tells the peers: they notice after dead_after_ns.
    void crash(const std::string& node, bool machine);
    void break_connections(const std::string& one, const std::string& other);

    // Runs the events that are due; time stands still.
    void run_due();
    // Moves time to the next event and runs it. False: there is none.
    bool step();
    // Moves time by a span and runs the events in it.
    void advance_ns(std::int64_t by_ns);
    // kNoDeadline when there is none.
    std::int64_t next_event_ns() const;

    // For transports and packets of this net.
    SimLink& link(const std::string& from, const std::string& to);
    void schedule(std::int64_t due_ns, std::function<void()> action);
    SimTransport* find(std::uint64_t transport_id) const;
    SimTransport* listener_at(const std::string& address) const;
    void detach(std::uint64_t transport_id) { transports_.erase(transport_id); }
    static std::string node_of(const std::string& address) {
        return address.substr(0, address.find('/'));
    }

  private:
    struct Event {
        std::int64_t due_ns;
        std::uint64_t order;
        std::function<void()> action;
    };
    struct Later {
        bool operator()(const Event& one, const Event& other) const {
            return std::pair(one.due_ns, one.order) > std::pair(other.due_ns, other.order);
        }
    };

    std::vector<SimTransport*> transports_of(const std::string& node) const;

    ManualClock clock_;
    Random random_;
    LinkFaults default_faults_;
    std::map<std::pair<std::string, std::string>, SimLink> links_;
    std::map<std::string, bool> paused_;
    std::map<std::uint64_t, SimTransport*> transports_;  // in the order in which they were opened
    std::priority_queue<Event, std::vector<Event>, Later> events_;
    std::uint64_t events_made_ = 0;
    std::uint64_t transports_made_ = 0;
};

}  // namespace kera
