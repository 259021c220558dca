// A network of nodes in one thread, under a virtual clock and one seed: the same seed and the same
// calls replay the same run. Faults are set per direction of a link, or done to a node. Thread: the
// simulation's. Ownership: time, links, and what is under way; transports belong to their nodes and
// are destroyed before the net. Invariant: nothing here reads a real clock. An address is a node's
// name, or node/anything for one of several processes of a node.
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

    // A process on this node. After a crash: a new incarnation.
    std::unique_ptr<SimTransport> open(const std::string& node);
    std::unique_ptr<SimTransport> open(const std::string& node, const SimOptions& options);

    // Of every link, also of those used first later.
    void set_faults(const LinkFaults& faults);
    void set_faults(const std::string& from, const std::string& to, const LinkFaults& faults);
    // What is sent from one to the other waits; after dead_after_ns the connection is given up.
    void partition(const std::string& from, const std::string& to);
    void heal(const std::string& from, const std::string& to);
    void heal_all();
    // Its processes are not scheduled: polling them does nothing. The others notice only silence.
    void pause(const std::string& node) { paused_[node] = true; }
    void resume(const std::string& node) { paused_[node] = false; }
    bool paused(const std::string& node) const;
    // Its processes end here: their handlers hear nothing any more. What they had sent may be lost.
    // `machine`: nobody is left to say so, and peers find out after dead_after_ns.
    void crash(const std::string& node, bool machine);
    void break_connections(const std::string& one, const std::string& other);

    // Runs what is due; time stands still.
    void run_due();
    // Moves time to the next event and runs it. False: nothing is under way.
    bool step();
    // Moves time by a span, running what falls in it.
    void advance_ns(std::int64_t by_ns);
    // kNoDeadline when nothing is under way.
    std::int64_t next_event_ns() const;

    // For what lives on this net: transports, and packets.
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
