// What has arrived at a process of a SimNet and waits for its next poll, in order. Thread: the
// simulation's. Owns the messages that it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "base/error.hpp"
#include "transport/sim/sim_message.hpp"
#include "transport/transport.hpp"

namespace kera {

struct SimArrival {
    enum class Kind : std::uint8_t { connected, disconnected, message, released, writable };
    Kind kind = Kind::connected;
    EndpointId endpoint;
    PeerInfo peer{};
    Error why{};
    std::unique_ptr<SimMessage> message{};
    Token token = kNoToken;
};

class SimInbox {
  public:
    bool empty() const { return arrivals_.empty(); }
    std::size_t size() const { return arrivals_.size(); }

    void put_connected(EndpointId endpoint, PeerInfo peer);
    // Once for each connection, whatever happens to it.
    void put_disconnected(EndpointId endpoint, const Error& why);
    void put_message(EndpointId endpoint, std::unique_ptr<SimMessage> message);
    void put_released(EndpointId endpoint, Token token);
    void put_writable(EndpointId endpoint);

    // REQUIRES: not empty.
    SimArrival take_first();
    void clear() { arrivals_.clear(); }

  private:
    std::deque<SimArrival> arrivals_;
};

}  // namespace kera
