// The events that a transport reports to its handler in the next poll(), in order. Owners call
// send() and close() at any time; the handler is called from poll() only. Thread: the transport's.
// Invariant: events that are put during a report wait for the next one.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "transport/transport.hpp"

namespace kera {

class TransportEvents {
  public:
    bool empty() const { return next_ == events_.size(); }

    void put_connected(EndpointId endpoint, PeerInfo peer) {
        peers_.push_back(std::move(peer));
        events_.push_back({Kind::connected, endpoint, kNoToken, {}});
    }
    void put_disconnected(EndpointId endpoint, const Error& why) {
        events_.push_back({Kind::disconnected, endpoint, kNoToken, why});
    }
    void put_released(EndpointId endpoint, Token token) {
        events_.push_back({Kind::released, endpoint, token, {}});
    }
    void put_released(EndpointId endpoint, std::span<const Token> tokens) {
        for (const Token token : tokens) {
            put_released(endpoint, token);
        }
    }
    void put_writable(EndpointId endpoint) {
        events_.push_back({Kind::writable, endpoint, kNoToken, {}});
    }

    // Returns how many were reported.
    int report(TransportHandler& handler);

  private:
    enum class Kind : std::uint8_t { connected, disconnected, released, writable };

    struct Event {
        Kind kind;
        EndpointId endpoint;
        Token token;
        Error why;
    };

    std::vector<Event> events_;
    std::size_t next_ = 0;
    std::vector<PeerInfo> peers_;  // of the connected events, in their order
    std::size_t next_peer_ = 0;
};

}  // namespace kera
