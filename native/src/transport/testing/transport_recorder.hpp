// A handler that records what it is told; and frames that can be told apart by their bytes.
// Thread: the test's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "transport/transport.hpp"

namespace kera {

using ByteVector = std::vector<std::byte>;

// A frame of this length. All bytes but the length come from the seed.
inline ByteVector make_frame(std::uint32_t frame_bytes, std::uint32_t seed) {
    ByteVector frame(frame_bytes);
    std::uint32_t state = seed * 2654435761U + 1;
    for (std::byte& byte : frame) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<std::byte>(state >> 24);
    }
    store_le<std::uint32_t>(frame.data(), frame_bytes);
    store_le<std::uint32_t>(frame.data() + 16, seed);
    return frame;
}

inline std::uint32_t seed_of(std::span<const std::byte> frame) {
    return load_le<std::uint32_t>(frame.data() + 16);
}

inline ByteVector joined(const Inbound& message) {
    ByteVector all;
    for (const Fragment& fragment : message.fragments()) {
        all.insert(all.end(), fragment.begin(), fragment.end());
    }
    return all;
}

// Sends `head_bytes` as the head and the rest as the body.
inline SendOutcome send_frame(Transport& transport, EndpointId endpoint, const ByteVector& frame,
                              std::size_t head_bytes, Token token) {
    const std::span<const std::byte> bytes(frame);
    if (head_bytes >= frame.size()) {
        return transport.send(endpoint, bytes, {}, token);
    }
    const IoSpan body{bytes.data() + head_bytes,
                      static_cast<std::uint32_t>(bytes.size() - head_bytes)};
    return transport.send(endpoint, bytes.first(head_bytes), {&body, 1}, token);
}

class TransportRecorder : public TransportHandler {
  public:
    struct Received {
        EndpointId endpoint;
        ByteVector frame;
    };

    void on_connected(EndpointId endpoint, const PeerInfo& peer) override {
        connected.push_back(endpoint);
        peers[endpoint.value()] = peer;
    }
    void on_disconnected(EndpointId endpoint, const Error& why) override {
        disconnected[endpoint.value()].push_back(why);
    }
    void on_message(EndpointId endpoint, Inbound&& message) override {
        for (const Fragment& fragment : message.fragments()) {
            misaligned += reinterpret_cast<std::uintptr_t>(fragment.data()) % 8 != 0 ? 1 : 0;
        }
        ++message_count;
        if (respond) {
            respond(endpoint, std::move(message));
        } else {
            received.push_back({endpoint, joined(message)});
        }
    }
    void on_released(EndpointId, Token token) override { ++released[token]; }
    void on_writable(EndpointId endpoint) override { writable.push_back(endpoint); }
    void on_violation(EndpointId endpoint, const Error& what) override {
        violations.push_back(what);
        if (last_words) {
            last_words(endpoint);
        }
    }

    std::function<void(EndpointId, Inbound&&)> respond;
    std::function<void(EndpointId)> last_words;
    std::vector<EndpointId> connected;
    std::map<std::int64_t, PeerInfo> peers;
    std::map<std::int64_t, std::vector<Error>> disconnected;
    std::vector<Received> received;
    std::vector<Error> violations;
    std::map<Token, int> released;
    std::vector<EndpointId> writable;
    std::size_t message_count = 0;
    int misaligned = 0;
};

}  // namespace kera
