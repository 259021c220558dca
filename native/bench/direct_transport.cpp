#include "bench/direct_transport.hpp"

namespace kera::bench {

int DirectTransport::poll(TransportHandler& handler, int message_budget) {
    int work = 0;
    if (!connected_) {
        connected_ = true;
        handler.on_connected(kEndpoint, PeerInfo{"bench", true});
        ++work;
    }
    for (; work < message_budget && delivered_ < offered_.size(); ++work) {
        const std::array<Fragment, 2>& message = offered_[delivered_++];
        const std::size_t fragments = message[1].empty() ? 1 : 2;
        handler.on_message(kEndpoint,
                           Inbound(*this, delivered_, std::span(message).first(fragments), true));
    }
    if (delivered_ == offered_.size()) {
        offered_.clear();
        delivered_ = 0;
    }
    return work;
}

}  // namespace kera::bench
