#include "transport/sim/sim_transport.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "transport/frame_length.hpp"

namespace kera {

SimTransport::SimTransport(SimNet& net, std::uint64_t id, std::string node,
                           const SimOptions& options)
    : net_(net), id_(id), node_(std::move(node)), options_(options) {
    capabilities_.message_bytes_max = options.message_bytes_max;
    capabilities_.segments_max = options.segments_max;
}

SimTransport::~SimTransport() {
    if (!crashed_) {
        for (auto& [id, endpoint] : endpoints_) {
            if (endpoint.connection != nullptr && !endpoint.closed) {
                endpoint.connection->end_sending(endpoint.side);
            }
        }
    }
    net_.detach(id_);
}

Result<void> SimTransport::register_memory(const MemoryRegion& /*region*/) {
    return {};
}

bool SimTransport::listens_at(const std::string& address) const {
    return !crashed_ && listening_.contains(address);
}

Result<Uri> SimTransport::listen(const Uri& uri) {
    if (uri.scheme != "sim") {
        return fail(ErrorCode::unsupported, "scheme, other than sim");
    }
    if (net_.listener_at(uri.address) != nullptr) {
        return fail(ErrorCode::invalid_argument, "address in use");
    }
    listening_[uri.address] = true;
    return uri;
}

Result<EndpointId> SimTransport::connect(const Uri& uri) {
    if (uri.scheme != "sim") {
        return fail(ErrorCode::unsupported, "scheme, other than sim");
    }
    const EndpointId endpoint = next_endpoint();
    endpoints_[endpoint] = {};
    const std::string target = SimNet::node_of(uri.address);
    const std::int64_t arrival_ns =
        net_.link(node_, target).arrival_ns(net_.now_ns(), kFrameHeaderBytes, net_.random());
    net_.schedule(arrival_ns, [&net = net_, id = id_, endpoint, address = uri.address] {
        SimTransport* self = net.find(id);
        if (self != nullptr && !self->crashed_) {
            self->reach_listener(endpoint, address);
        }
    });
    net_.schedule(net_.now_ns() + options_.connect_deadline_ns, [&net = net_, id = id_, endpoint] {
        SimTransport* self = net.find(id);
        const Endpoint* waiting = self == nullptr ? nullptr : self->find(endpoint);
        if (waiting != nullptr && waiting->connection == nullptr) {
            self->receive_end(endpoint, fail(ErrorCode::timed_out, "connect_ns"));
        }
    });
    return endpoint;
}

// The request is at the other node now. It is lost if the link is cut in either direction.
void SimTransport::reach_listener(EndpointId endpoint, const std::string& address) {
    const std::string target = SimNet::node_of(address);
    if (find(endpoint) == nullptr || net_.link(node_, target).cut() ||
        net_.link(target, node_).cut()) {
        return;
    }
    SimTransport* listener = net_.listener_at(address);
    std::shared_ptr<SimConnection> connection;
    if (listener != nullptr) {
        connection = std::make_shared<SimConnection>(
            net_, SimConnection::End{id_, endpoint, node_},
            SimConnection::End{listener->id(), EndpointId(), target});
        listener->accept(connection);
    }
    const std::int64_t answer_ns =
        net_.link(target, node_).arrival_ns(net_.now_ns(), kFrameHeaderBytes, net_.random());
    net_.schedule(answer_ns, [&net = net_, id = id_, endpoint, connection] {
        SimTransport* self = net.find(id);
        if (self != nullptr && !self->crashed_) {
            self->answer_connect(endpoint, connection);
        } else if (connection != nullptr) {
            connection->crash(0, false);
        }
    });
}

void SimTransport::accept(const std::shared_ptr<SimConnection>& connection) {
    const EndpointId endpoint = next_endpoint();
    connection->set_endpoint(1, endpoint);
    endpoints_[endpoint] = {.connection = connection, .side = 1};
    inbox_.put_connected(endpoint, {.address = connection->end(0).node, .accepted = true});
}

void SimTransport::answer_connect(EndpointId endpoint,
                                  const std::shared_ptr<SimConnection>& connection) {
    Endpoint* waiting = find(endpoint);
    if (connection == nullptr) {
        receive_end(endpoint, fail(ErrorCode::disconnected, "connection refused"));
        return;
    }
    if (waiting == nullptr || waiting->closed) {
        connection->end_sending(0);
        return;
    }
    if (connection->broken()) {
        receive_end(endpoint, fail(ErrorCode::disconnected, "peer closed"));
        return;
    }
    waiting->connection = connection;
    inbox_.put_connected(endpoint, {.address = connection->end(1).node});
    if (std::exchange(waiting->blocked, false)) {
        inbox_.put_writable(endpoint);
    }
}

SimTransport::Endpoint* SimTransport::find(EndpointId endpoint) {
    const auto found = endpoints_.find(endpoint);
    return found == endpoints_.end() ? nullptr : &found->second;
}

void SimTransport::allow_large_frames(EndpointId endpoint, std::uint32_t frame_bytes_max) {
    Endpoint* known = find(endpoint);
    if (known != nullptr) {
        known->frame_bytes_max = std::min(frame_bytes_max, options_.message_bytes_max);
    }
}

SendOutcome SimTransport::send(EndpointId endpoint, std::span<const std::byte> frame_head,
                               std::span<const IoSpan> body, Token token) {
    Endpoint* known = find(endpoint);
    if (known == nullptr || known->closed || crashed_ ||
        (known->connection != nullptr && known->connection->broken())) {
        return SendOutcome::gone;
    }
    KERA_ASSERT(body.size() <= options_.segments_max, body.size());
    if (known->connection == nullptr) {
        known->blocked = true;
        return SendOutcome::again;
    }
    SimConnection& connection = *known->connection;
    auto message = std::make_unique<SimMessage>(frame_head, body, options_.in_pieces);
    KERA_ASSERT(message->bytes() <= options_.message_bytes_max, message->bytes());
    const LinkFaults& faults = net_.link(node_, connection.end(1 - known->side).node).faults();
    const bool refused = net_.random().chance(faults.again_chance);
    if (refused || !connection.has_room(known->side, message->bytes())) {
        known->blocked = true;
        if (refused) {
            net_.schedule(net_.now_ns() + net_.random().between(0, faults.delay_ns_max),
                          [&net = net_, id = id_, endpoint] {
                              SimTransport* self = net.find(id);
                              if (self != nullptr) {
                                  self->receive_room(endpoint);
                              }
                          });
        }
        return SendOutcome::again;
    }
    connection.send(known->side, std::move(message),
                    token == kNoToken ? SimLoan() : SimLoan(body, token));
    return SendOutcome::sent;
}

void SimTransport::close(EndpointId endpoint, const Error& why) {
    Endpoint* known = find(endpoint);
    if (known == nullptr || known->closed) {
        return;
    }
    if (known->connection != nullptr && !known->connection->broken()) {
        known->connection->end_sending(known->side);
    }
    receive_end(endpoint, why);
    known->closed = true;
}

int SimTransport::poll(TransportHandler& handler, int message_budget) {
    if (crashed_ || net_.paused(node_)) {
        return 0;
    }
    net_.run_due();
    int work = 0;
    int messages = 0;
    // Only what is there now: what arrives during this poll is for the next one.
    for (std::size_t left = inbox_.size(); left > 0 && messages < message_budget; --left) {
        ++work;
        messages += deliver(handler, inbox_.take_first()) ? 1 : 0;
        if (crashed_) {
            break;
        }
    }
    return work;
}

// True when it was a message.
bool SimTransport::deliver(TransportHandler& handler, SimArrival arrival) {
    switch (arrival.kind) {
        case SimArrival::Kind::connected:
            handler.on_connected(arrival.endpoint, arrival.peer);
            return false;
        case SimArrival::Kind::disconnected:
            endpoints_.erase(arrival.endpoint);
            handler.on_disconnected(arrival.endpoint, arrival.why);
            return false;
        case SimArrival::Kind::released:
            handler.on_released(arrival.endpoint, arrival.token);
            return false;
        case SimArrival::Kind::writable:
            handler.on_writable(arrival.endpoint);
            return false;
        case SimArrival::Kind::message:
            return deliver_message(handler, arrival);
    }
    return false;
}

bool SimTransport::deliver_message(TransportHandler& handler, SimArrival& arrival) {
    Endpoint* known = find(arrival.endpoint);
    if (known == nullptr || known->closed) {
        return false;
    }
    known->connection->taken(1 - known->side, arrival.message->bytes());
    const Result<void> checked =
        check_frame_length(arrival.message->announced_bytes(), known->frame_bytes_max);
    if (!checked.ok()) {
        handler.on_violation(arrival.endpoint, checked.error());
        close(arrival.endpoint, checked.error());
        return false;
    }
    handler.on_message(arrival.endpoint, SimMessage::hand_over(std::move(arrival.message)));
    return true;
}

std::int64_t SimTransport::next_deadline_ns() const {
    return inbox_.empty() ? net_.next_event_ns() : net_.now_ns();
}

void SimTransport::receive_message(EndpointId endpoint, std::unique_ptr<SimMessage> message) {
    if (!crashed_) {
        inbox_.put_message(endpoint, std::move(message));
    }
}

void SimTransport::receive_end(EndpointId endpoint, const Error& why) {
    const Endpoint* known = find(endpoint);
    if (known != nullptr && !known->closed) {
        inbox_.put_disconnected(endpoint, why);
    }
}

void SimTransport::receive_release(EndpointId endpoint, Token token) {
    if (!crashed_) {
        inbox_.put_released(endpoint, token);
    }
}

void SimTransport::receive_room(EndpointId endpoint) {
    Endpoint* known = find(endpoint);
    if (known != nullptr && !known->closed && std::exchange(known->blocked, false)) {
        inbox_.put_writable(endpoint);
    }
}

void SimTransport::crash(bool machine) {
    crashed_ = true;
    inbox_.clear();
    for (auto& [id, endpoint] : endpoints_) {
        if (endpoint.connection != nullptr) {
            endpoint.connection->crash(endpoint.side, machine);
        }
    }
    endpoints_.clear();
}

void SimTransport::drain_to(const std::string& node) {
    for (auto& [id, endpoint] : endpoints_) {
        if (endpoint.connection != nullptr &&
            endpoint.connection->end(1 - endpoint.side).node == node) {
            endpoint.connection->drain(endpoint.side);
        }
    }
}

void SimTransport::break_off_from(const std::string& node) {
    for (auto& [id, endpoint] : endpoints_) {
        if (endpoint.connection != nullptr &&
            endpoint.connection->end(1 - endpoint.side).node == node) {
            endpoint.connection->break_off(fail(ErrorCode::disconnected, "link broke"));
        }
    }
}

}  // namespace kera
