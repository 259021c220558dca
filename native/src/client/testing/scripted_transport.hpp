// Test fixture: a transport whose other end is a script in the same thread.
// What the client sends is handed to `on_frame`; what the script answers arrives in the next
// poll(). Connections are made, refused and cut by the test. When nothing is going on, poll() moves
// the manual clock forward, so that waits with a deadline end without any sleep.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "transport/transport.hpp"

namespace kera {

class ScriptedTransport final : public Transport, private InboundOwner {
  public:
    explicit ScriptedTransport(ManualClock& clock) : clock_(clock) {
        capabilities_.message_bytes_max = 80U << 20U;
        capabilities_.segments_max = 64;
    }
    ~ScriptedTransport() override { KERA_ASSERT(inbounds_lent == 0, inbounds_lent); }

    // The script.
    std::function<void(EndpointId, std::vector<std::byte> frame)> on_frame;
    std::function<void(EndpointId)> on_gone;
    std::function<void()> on_round;
    bool accepts_connections = true;
    bool answers_connects = true;
    bool says_again = false;
    bool releases_tokens = true;
    std::int64_t idle_step_ns = kNanosPerMilli;
    // What was seen.
    std::vector<std::int64_t> connects_at_ns;
    int inbounds_lent = 0;
    std::uint32_t large_frame_bytes = 0;
    std::vector<std::uint32_t> bodies_sent;
    std::vector<std::byte> shared_memory;
    std::vector<EndpointId> dropped_memory;

    void answer(EndpointId endpoint, std::span<const std::byte> frame) {
        answers_.push_back({endpoint, {frame.begin(), frame.end()}});
    }
    void cut(const Error& why = {ErrorCode::disconnected, "cut_by_test", 0, 0}) {
        if (connected_.value() >= 0) {
            lose(connected_, why);
        }
    }
    void become_writable() {
        says_again = false;
        writable_ = true;
    }
    EndpointId connected() const { return connected_; }

    const Capabilities& capabilities() const override { return capabilities_; }
    Result<void> register_memory(const MemoryRegion&) override { return {}; }
    Result<Uri> listen(const Uri&) override { return fail(ErrorCode::unsupported, "listen"); }
    Result<EndpointId> connect(const Uri&) override {
        connects_at_ns.push_back(clock_.now_ns());
        const EndpointId endpoint(++last_endpoint_);
        connecting_.push_back(endpoint);
        return endpoint;
    }
    SendOutcome send(EndpointId endpoint, std::span<const std::byte> head,
                     std::span<const IoSpan> body, Token token) override {
        if (endpoint != connected_) {
            return SendOutcome::gone;
        }
        if (says_again) {
            return SendOutcome::again;
        }
        std::vector<std::byte> frame(head.begin(), head.end());
        for (const IoSpan& span : body) {
            frame.insert(frame.end(), span.data, span.data + span.bytes);
        }
        KERA_ASSERT(load_le<std::uint32_t>(frame.data()) == frame.size());
        bodies_sent.push_back(static_cast<std::uint32_t>(body.size()));
        if (token != kNoToken) {
            tokens_.push_back({endpoint, token});
        }
        sent_.push_back({endpoint, std::move(frame)});
        return SendOutcome::sent;
    }
    void close(EndpointId endpoint, const Error& why) override { lose(endpoint, why); }
    void allow_large_frames(EndpointId, std::uint32_t bytes) override { large_frame_bytes = bytes; }
    std::span<std::byte> send_memory(EndpointId) override { return shared_memory; }
    void drop_send_memory(EndpointId endpoint) override { dropped_memory.push_back(endpoint); }

    int poll(TransportHandler& handler, int) override {
        int work = poll_connections(handler);
        if (on_round) {
            on_round();
        }
        // By index: a handler may send more meanwhile, which waits for the next round.
        std::deque<Message> sent = std::exchange(sent_, {});
        for (Message& one : sent) {
            if (one.endpoint == connected_ && on_frame) {
                on_frame(one.endpoint, std::move(one.frame));
            }
            ++work;
        }
        if (releases_tokens) {
            for (const auto& [endpoint, token] : std::exchange(tokens_, {})) {
                handler.on_released(endpoint, token);
                ++work;
            }
        }
        std::deque<Message> answers = std::exchange(answers_, {});
        for (Message& one : answers) {
            if (one.endpoint == connected_) {
                deliver(handler, std::move(one));
            }
            ++work;
        }
        if (std::exchange(writable_, false) && connected_.value() >= 0) {
            handler.on_writable(connected_);
            ++work;
        }
        if (work == 0) {
            clock_.advance_ns(idle_step_ns);
        }
        return work;
    }
    std::int64_t next_deadline_ns() const override { return kNoDeadline; }
    bool prepare_park() override { return true; }
    int park_fd() const override { return -1; }
    void wake() override {}

  private:
    struct Message {
        EndpointId endpoint;
        std::vector<std::byte> frame;
    };

    int poll_connections(TransportHandler& handler) {
        int work = 0;
        for (const EndpointId endpoint : std::exchange(connecting_, {})) {
            ++work;
            if (!answers_connects) {
                continue;
            }
            if (accepts_connections) {
                connected_ = endpoint;
                handler.on_connected(endpoint, PeerInfo{});
            } else {
                handler.on_disconnected(endpoint,
                                        {ErrorCode::disconnected, "refused_by_test", 0, 0});
            }
        }
        for (const auto& [endpoint, why] : std::exchange(lost_, {})) {
            ++work;
            handler.on_disconnected(endpoint, why);
        }
        return work;
    }

    void lose(EndpointId endpoint, const Error& why) {
        std::erase(connecting_, endpoint);
        if (endpoint == connected_) {
            connected_ = EndpointId(-1);
            if (on_gone) {
                on_gone(endpoint);
            }
        }
        lost_.emplace_back(endpoint, why);
    }

    void deliver(TransportHandler& handler, Message&& message) {
        const std::uint64_t ticket = ++last_ticket_;
        // Chunks must lie 8-byte aligned, as every transport has them.
        auto held = std::make_unique<std::uint64_t[]>((message.frame.size() + 7) / 8);
        auto* bytes = reinterpret_cast<std::byte*>(held.get());
        copy_bytes(bytes, message.frame.data(), message.frame.size());
        lent_.emplace(ticket, std::move(held));
        ++inbounds_lent;
        handler.on_message(message.endpoint,
                           Inbound(*this, ticket, Fragment(bytes, message.frame.size())));
    }

    void give_back(std::uint64_t ticket) noexcept override {
        --inbounds_lent;
        lent_.erase(ticket);
    }

    ManualClock& clock_;
    Capabilities capabilities_;
    std::int64_t last_endpoint_ = 0;
    EndpointId connected_{-1};
    std::vector<EndpointId> connecting_;
    std::vector<std::pair<EndpointId, Error>> lost_;
    std::deque<Message> sent_;
    std::deque<Message> answers_;
    std::vector<std::pair<EndpointId, Token>> tokens_;
    bool writable_ = false;
    std::uint64_t last_ticket_ = 0;
    std::map<std::uint64_t, std::unique_ptr<std::uint64_t[]>> lent_;
};

}  // namespace kera
