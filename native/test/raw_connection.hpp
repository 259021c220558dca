// A connection of frames to a simulated node, without the client under test. One thread, the
// simulation's. Requests are sent one by one or many at once; answers are kept until they are
// taken. Invariant: a running node answers every request within two minutes, else that is a
// violation.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "simulated_node.hpp"
#include "wire/frame/templates.hpp"
#include "wire/message/session_messages.hpp"

namespace kera {

using FrameBytes = std::vector<std::byte>;

inline FrameView view_of(const FrameBytes& frame) {
    return FrameView::over(frame, UINT32_MAX).value();
}

class RawConnection final : private TransportHandler {
  public:
    RawConnection(SimulatedNode& node, std::string name, std::int32_t reactor = 0)
        : node_(node), name_(std::move(name)), reactor_(reactor) {}

    // Receives frames that are not answers.
    std::function<void(const FrameBytes&)> on_push;

    bool connected() const noexcept { return ready_; }
    // True when there is a session; after a loss it opens a new one.
    bool connect() {
        if (ready_) {
            return true;
        }
        reset();
        transport_ = node_.net().open(name_);
        const Result<EndpointId> endpoint = transport_->connect(node_.uri(reactor_));
        if (!endpoint.ok()) {
            return false;
        }
        endpoint_ = *endpoint;
        await([this] { return connected_; });
        if (!connected_) {
            return false;
        }
        transport_->allow_large_frames(endpoint_, 128U << 20U);
        ready_ = ask(Hello{}).has_value();
        return ready_;
    }
    void reset() {
        answers_.clear();
        transport_.reset();
        connected_ = false;
        ready_ = false;
    }

    template <class Message>
    std::int64_t send(const Message& message) {
        if (!encode_message(message, buffer_, ++asked_).ok()) {
            node_.violations().add(name_ + ": a question does not fit");
        }
        if (transport_ != nullptr) {
            transport_->send(endpoint_, buffer_.frame(), {}, kNoToken);
        }
        return asked_;
    }
    // The answer to this request, if it has arrived. May be called again.
    const FrameBytes* answer_to(std::int64_t question) const {
        const auto found = answers_.find(question);
        return found == answers_.end() ? nullptr : &found->second;
    }
    // None when the connection is lost first.
    template <class Message>
    std::optional<FrameBytes> ask(const Message& message) {
        answers_.clear();
        const std::int64_t question = send(message);
        const bool came =
            await([this, question] { return !connected_ || answers_.contains(question); });
        if (!came) {
            node_.violations().add(name_ + ": no answer to template " +
                                   std::to_string(view_of(as_bytes()).header().template_id));
            return std::nullopt;
        }
        const FrameBytes* answer = answer_to(question);
        return answer == nullptr ? std::nullopt : std::optional<FrameBytes>(*answer);
    }
    void poll() {
        if (transport_ != nullptr) {
            transport_->poll(*this, 64);
        }
    }

  private:
    static constexpr std::int64_t kPatienceNs = 120 * kNanosPerSecond;

    void on_connected(EndpointId, const PeerInfo&) override { connected_ = true; }
    void on_disconnected(EndpointId, const Error&) override {
        connected_ = false;
        ready_ = false;
    }
    void on_message(EndpointId, Inbound&& message) override {
        FrameBytes frame;
        for (const Fragment& fragment : message.fragments()) {
            frame.insert(frame.end(), fragment.begin(), fragment.end());
        }
        const std::int64_t question = view_of(frame).header().correlation_id;
        if (question == kNoCorrelation) {
            if (on_push) {
                on_push(frame);
            }
            return;
        }
        answers_[question] = std::move(frame);
    }
    void on_released(EndpointId, Token) override {}
    void on_writable(EndpointId) override {}

    FrameBytes as_bytes() const { return {buffer_.frame().begin(), buffer_.frame().end()}; }
    template <class Until>
    bool await(Until&& until) {
        const std::int64_t until_ns = node_.now_ns() + kPatienceNs;
        while (!until() && node_.now_ns() < until_ns) {
            node_.turn();
            transport_->poll(*this, 64);
        }
        return until();
    }

    SimulatedNode& node_;
    const std::string name_;
    const std::int32_t reactor_;
    std::unique_ptr<Transport> transport_;
    EndpointId endpoint_;
    FrameBuffer buffer_;
    std::map<std::int64_t, FrameBytes> answers_;
    std::int64_t asked_ = 0;
    bool connected_ = false;
    bool ready_ = false;
};

// The answer of the expected type, or its error.
template <class Answer>
Result<Answer> decode_answer(const FrameBytes& frame) {
    const FrameView view = view_of(frame);
    if (view.header().template_id == static_cast<std::uint16_t>(Template::error_answer)) {
        const Result<ErrorAnswer> refused = ErrorAnswer::decode(view);
        return fail(refused.ok() ? refused->code : ErrorCode::malformed, "refused",
                    refused.ok() ? refused->limit : 0, refused.ok() ? refused->value : 0);
    }
    return Answer::decode(view);
}

// Passes on each record in order. A chunk with wrong checksums is reported and ends the walk.
template <class Take>
bool walk_chunks(Bytes data, Take&& take) {
    while (!data.empty()) {
        const Result<ChunkView> chunk = first_chunk(data);
        if (!chunk.ok() || !check_chunk_crcs(chunk->bytes()).ok()) {
            return false;
        }
        take(*chunk);
        data = data.subspan(chunk->chunk_bytes());
    }
    return true;
}

}  // namespace kera
