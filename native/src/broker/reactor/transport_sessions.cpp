// Turns a transport's events into sessions. Belongs to one reactor's thread.
#include "broker/reactor/transport_sessions.hpp"

namespace kera {

void TransportSessions::on_connected(EndpointId endpoint, const PeerInfo&) {
    by_endpoint_[endpoint] = &sessions_.open(*transport_, endpoint);
}

void TransportSessions::on_disconnected(EndpointId endpoint, const Error& why) {
    const auto found = by_endpoint_.find(endpoint);
    if (found == by_endpoint_.end()) {
        return;
    }
    Session& session = *found->second;
    by_endpoint_.erase(found);
    spoke_last_ = nullptr;
    if (why.code == ErrorCode::lease_lost) {
        sender_.on_too_slow(session, why);
    }
    events_.on_closed(session);
    sessions_.close(session.id());
}

void TransportSessions::on_message(EndpointId endpoint, Inbound&& message) {
    if (spoke_last_ == nullptr || spoke_last_->endpoint() != endpoint) {
        const auto found = by_endpoint_.find(endpoint);
        KERA_ASSERT(found != by_endpoint_.end());
        spoke_last_ = found->second;
    }
    events_.on_message(*spoke_last_, std::move(message));
}

void TransportSessions::on_released(EndpointId, Token token) {
    sender_.on_released(token);
}

void TransportSessions::on_writable(EndpointId endpoint) {
    if (const auto found = by_endpoint_.find(endpoint); found != by_endpoint_.end()) {
        Session& session = *found->second;
        if (session.flush()) {
            events_.on_writable(session);
        }
    }
}

void TransportSessions::on_violation(EndpointId endpoint, const Error& what) {
    if (const auto found = by_endpoint_.find(endpoint); found != by_endpoint_.end()) {
        events_.on_violation(*found->second, what);
    }
}

}  // namespace kera
