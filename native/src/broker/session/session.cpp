// Sends under back-pressure: frames that the transport does not accept wait here, in order. Belongs
// to the session's reactor.
#include "broker/session/session.hpp"

namespace kera {

void Session::send(Bytes frame) {
    if (waiting_.empty()) {
        const SendOutcome outcome = transport_.send(endpoint_, frame, {}, kNoToken);
        if (outcome != SendOutcome::again) {
            return;
        }
    }
    waiting_.emplace_back(frame.begin(), frame.end());
    waiting_bytes_ += frame.size();
}

SendOutcome Session::send_body(Bytes head, std::span<const IoSpan> body, Token token) {
    if (!writable()) {
        return SendOutcome::again;
    }
    const SendOutcome outcome = transport_.send(endpoint_, head, body, token);
    blocked_ = outcome == SendOutcome::again;
    return outcome;
}

bool Session::flush() {
    blocked_ = false;
    while (!waiting_.empty()) {
        const std::vector<std::byte>& frame = waiting_.front();
        if (transport_.send(endpoint_, frame, {}, kNoToken) == SendOutcome::again) {
            return false;
        }
        waiting_bytes_ -= frame.size();
        waiting_.pop_front();
    }
    return true;
}

LaneId Session::lane_for(Streamlet& streamlet, ProducerId producer) {
    const std::uint16_t lane_count = streamlet.lane_count();
    // Without a producer id, chunks of one connection stay together.
    const LaneId preferred(
        static_cast<std::uint16_t>(static_cast<std::uint64_t>(id_.value()) % lane_count));
    if (producer == kNoProducer) {
        return preferred;
    }
    const auto found = lanes_.find({&streamlet, producer});
    if (found != lanes_.end()) [[likely]] {
        return found->second;
    }
    if (lanes_.size() >= kProducerPlacesMax) {
        // A client can name any number of producers. The streamlet knows their lanes.
        lanes_.clear();
    }
    const LaneId lane = streamlet.lane_of(producer, preferred);
    lanes_.emplace(ProducerPlace{&streamlet, producer}, lane);
    return lane;
}

}  // namespace kera
