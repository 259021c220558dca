#include "transport/sim/sim_inbox.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace kera {

void SimInbox::put_connected(EndpointId endpoint, PeerInfo peer) {
    arrivals_.push_back(
        {.kind = SimArrival::Kind::connected, .endpoint = endpoint, .peer = std::move(peer)});
}

void SimInbox::put_disconnected(EndpointId endpoint, const Error& why) {
    const auto says_so = [endpoint](const SimArrival& arrival) {
        return arrival.kind == SimArrival::Kind::disconnected && arrival.endpoint == endpoint;
    };
    if (std::ranges::none_of(arrivals_, says_so)) {
        arrivals_.push_back(
            {.kind = SimArrival::Kind::disconnected, .endpoint = endpoint, .why = why});
    }
}

void SimInbox::put_message(EndpointId endpoint, std::unique_ptr<SimMessage> message) {
    arrivals_.push_back(
        {.kind = SimArrival::Kind::message, .endpoint = endpoint, .message = std::move(message)});
}

void SimInbox::put_released(EndpointId endpoint, Token token) {
    arrivals_.push_back({.kind = SimArrival::Kind::released, .endpoint = endpoint, .token = token});
}

void SimInbox::put_writable(EndpointId endpoint) {
    arrivals_.push_back({.kind = SimArrival::Kind::writable, .endpoint = endpoint});
}

SimArrival SimInbox::take_first() {
    KERA_ASSERT(!empty());
    SimArrival first = std::move(arrivals_.front());
    arrivals_.pop_front();
    return first;
}

}  // namespace kera
