// A client's connection, as its reactor sees it: what was agreed, what is in flight, what waits to
// be sent. Belongs to the reactor of its transport. It is destroyed with the connection; late
// answers do not find its id. Invariant: frames leave in the order of send(), whatever the
// transport's back-pressure.
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
    // Forgets lanes of a streamlet that is gone.
    void forget_lanes() noexcept { lanes_.clear(); }
    // With the features that were agreed.
    void welcome(std::uint32_t features) noexcept {
        welcomed_ = true;
        features_ = features;
    }
    std::uint32_t features() const noexcept { return features_; }

    // A small frame without a body: sent now, or kept until the transport accepts it.
    void send(Bytes frame);
    // A frame with a body that stays leased until `token` is released. `again`: try again in
    // on_writable().
    SendOutcome send_body(Bytes head, std::span<const IoSpan> body, Token token);
    // True when everything that waited was sent.
    bool flush();
    bool writable() const noexcept { return waiting_.empty() && !blocked_; }
    // The client does not read: more answers wait than the broker keeps for it.
    bool unread_answers_exceeded() const noexcept { return waiting_bytes_ > kWaitingBytesMax; }

    // The lane for this producer's chunks. The streamlet is asked once.
    LaneId lane_for(Streamlet& streamlet, ProducerId producer);

    std::uint32_t requests_in_flight = 0;
    // Entries of its fetches that wait.
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
    std::uint32_t features_ = 0;
    bool blocked_ = false;
    std::deque<std::vector<std::byte>> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::unordered_map<ProducerPlace, LaneId, ProducerPlaceHash> lanes_;
};

}  // namespace kera
