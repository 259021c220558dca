#include "transport/transport_events.hpp"

namespace kera {

int TransportEvents::report(TransportHandler& handler) {
    if (empty()) {
        return 0;
    }
    // Only the events that are there now: the handler may cause a new one for each of them.
    const std::size_t end = events_.size();
    while (next_ < end) {
        const Event event = events_[next_++];
        switch (event.kind) {
            case Kind::connected: {
                const PeerInfo peer = std::move(peers_[next_peer_++]);
                handler.on_connected(event.endpoint, peer);
                break;
            }
            case Kind::disconnected:
                handler.on_disconnected(event.endpoint, event.why);
                break;
            case Kind::released:
                handler.on_released(event.endpoint, event.token);
                break;
            case Kind::writable:
                handler.on_writable(event.endpoint);
                break;
        }
    }
    events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(end));
    next_ = 0;
    peers_.erase(peers_.begin(), peers_.begin() + static_cast<std::ptrdiff_t>(next_peer_));
    next_peer_ = 0;
    return static_cast<int>(end);
}

}  // namespace kera
