#include "transport/sim/sim_net.hpp"

#include "base/check.hpp"
#include "transport/sim/sim_transport.hpp"

namespace kera {

SimNet::~SimNet() {
    KERA_ASSERT(transports_.empty(), transports_.size());
}

std::unique_ptr<SimTransport> SimNet::open(const std::string& node) {
    return open(node, SimOptions{});
}

std::unique_ptr<SimTransport> SimNet::open(const std::string& node, const SimOptions& options) {
    const std::uint64_t id = ++transports_made_;
    auto transport = std::make_unique<SimTransport>(*this, id, node, options);
    transports_[id] = transport.get();
    return transport;
}

SimLink& SimNet::link(const std::string& from, const std::string& to) {
    const auto [found, fresh] = links_.try_emplace({from, to});
    if (fresh) {
        found->second.set_faults(default_faults_);
    }
    return found->second;
}

void SimNet::set_faults(const LinkFaults& faults) {
    default_faults_ = faults;
    for (auto& [ends, link] : links_) {
        link.set_faults(faults);
    }
}

void SimNet::set_faults(const std::string& from, const std::string& to, const LinkFaults& faults) {
    link(from, to).set_faults(faults);
}

void SimNet::partition(const std::string& from, const std::string& to) {
    link(from, to).set_cut(true);
}

void SimNet::heal(const std::string& from, const std::string& to) {
    link(from, to).set_cut(false);
    for (SimTransport* transport : transports_of(from)) {
        transport->drain_to(to);
    }
}

void SimNet::heal_all() {
    for (const auto& [ends, link] : links_) {
        if (link.cut()) {
            heal(ends.first, ends.second);
        }
    }
}

bool SimNet::paused(const std::string& node) const {
    const auto found = paused_.find(node);
    return found != paused_.end() && found->second;
}

void SimNet::crash(const std::string& node, bool machine) {
    for (SimTransport* transport : transports_of(node)) {
        transport->crash(machine);
    }
}

void SimNet::break_connections(const std::string& one, const std::string& other) {
    for (SimTransport* transport : transports_of(one)) {
        transport->break_off_from(other);
    }
}

void SimNet::schedule(std::int64_t due_ns, std::function<void()> action) {
    events_.push({due_ns, ++events_made_, std::move(action)});
}

std::int64_t SimNet::next_event_ns() const {
    return events_.empty() ? kNoDeadline : events_.top().due_ns;
}

void SimNet::run_due() {
    while (next_event_ns() <= now_ns()) {
        const std::function<void()> action = events_.top().action;
        events_.pop();
        action();
    }
}

bool SimNet::step() {
    if (events_.empty()) {
        return false;
    }
    if (next_event_ns() > now_ns()) {
        clock_.advance_ns(next_event_ns() - now_ns());
    }
    run_due();
    return true;
}

void SimNet::advance_ns(std::int64_t by_ns) {
    const std::int64_t until_ns = now_ns() + by_ns;
    while (next_event_ns() <= until_ns) {
        step();
    }
    clock_.advance_ns(until_ns - now_ns());
}

SimTransport* SimNet::find(std::uint64_t transport_id) const {
    const auto found = transports_.find(transport_id);
    return found == transports_.end() ? nullptr : found->second;
}

SimTransport* SimNet::listener_at(const std::string& address) const {
    for (const auto& [id, transport] : transports_) {
        if (transport->listens_at(address)) {
            return transport;
        }
    }
    return nullptr;
}

std::vector<SimTransport*> SimNet::transports_of(const std::string& node) const {
    std::vector<SimTransport*> found;
    for (const auto& [id, transport] : transports_) {
        if (transport->node() == node && !transport->crashed()) {
            found.push_back(transport);
        }
    }
    return found;
}

}  // namespace kera
