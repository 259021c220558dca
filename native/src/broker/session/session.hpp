// One connection of a client, as its reactor sees it: what was agreed, what is under way, what
// waits to be sent. Belongs to the reactor of its transport. Dies with the connection; requests
// that outlive it find its id gone. Invariant: frames leave in the order in which they were given
// to send(), whatever the transport's back-pressure.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "storage/streamlet/streamlet.hpp"
#include "transport/transport.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

class Session {
  public:
    Session(ConnectionId id, Transport& transport, EndpointId endpoint) noexcept
        : id_(id), transport_(transport), endpoint_(endpoint) {}

    ConnectionId id() const noexcept { return id_; }
    EndpointId endpoint() const noexcept { return endpoint_; }
    Transport& transport() noexcept { return transport_; }

    bool welcomed() const noexcept { return welcomed_; }
    // What is remembered of a streamlet that is gone.
    void forget_lanes() noexcept { lanes_.clear(); }
    void welcome() noexcept { welcomed_ = true; }

    // A small frame without a body: sent now, or kept until the transport is writable again.
    void send(Bytes frame);
    // A frame with a body that stays leased until `token` is released; `again`: try when writable.
    SendOutcome send_body(Bytes head, std::span<const IoSpan> body, Token token);
    // True when everything that waited has been taken.
    bool flush();
    bool writable() const noexcept { return waiting_.empty() && !blocked_; }
    // What a client that never reads may make the broker hold.
    bool unread_answers_exceeded() const noexcept { return waiting_bytes_ > kWaitingBytesMax; }

    // Where this producer's chunks go; the streamlet is asked once.
    LaneId lane_for(Streamlet& streamlet, ProducerId producer);

    std::uint32_t requests_in_flight = 0;
    // Of its fetches that wait.
    std::size_t fetch_entries_waiting = 0;
    bool closing = false;

  private:
    static constexpr std::size_t kWaitingBytesMax = 1U << 20U;
    static constexpr std::size_t kProducerPlacesMax = 16UL * 1024;

    struct ProducerPlace {
        Streamlet* streamlet;
        ProducerId producer;

        friend bool operator==(const ProducerPlace&, const ProducerPlace&) = default;
    };
    struct ProducerPlaceHash {
        std::size_t operator()(const ProducerPlace& place) const noexcept {
            return std::hash<ProducerId>{}(place.producer) ^
                   std::hash<Streamlet*>{}(place.streamlet);
        }
    };

    ConnectionId id_;
    Transport& transport_;
    EndpointId endpoint_;
    bool welcomed_ = false;
    bool blocked_ = false;
    std::deque<std::vector<std::byte>> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::unordered_map<ProducerPlace, LaneId, ProducerPlaceHash> lanes_;
};

}  // namespace kera
