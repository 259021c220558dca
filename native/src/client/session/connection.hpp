// One session with a broker: connect, greet, ask and answer, ping, and again after a loss.
// Thread: the loop's; poll() does what time demands, the on_ functions what the transport reports.
// Borrows transport, clock and random; owns the table of requests. Invariants: nothing but Hello is
// sent before the broker's greeting; every request ends in one answer or one failure by its
// deadline.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "client/session/reconnect_backoff.hpp"
#include "client/session/request_table.hpp"
#include "transport/transport.hpp"
#include "wire/message/produce_messages.hpp"
#include "wire/message/session_messages.hpp"

namespace kera {

struct ConnectionOptions {
    std::string client_name = "kera";
    std::string token;
    std::uint32_t features = kFeatures;
    // From the begin of an attempt to the broker's greeting.
    std::int64_t connect_timeout_ns = 10 * kNanosPerSecond;
    // After so much silence the broker is asked whether it is there, and has as long to answer.
    std::int64_t keep_alive_ns = 15 * kNanosPerSecond;
    BackoffOptions backoff;
};

// What a session tells its owner, beyond the answers to requests.
class SessionListener {
  public:
    virtual void on_session_ready() = 0;
    // After all requests in flight have failed with `why`.
    virtual void on_session_lost(const Error& why) = 0;
    virtual void on_session_writable() = 0;
    // A frame that answers no request.
    virtual void on_push(const FrameView& frame, Inbound& message) = 0;

  protected:
    ~SessionListener() = default;
};

class Connection final : private RequestOwner {
  public:
    enum class State : std::uint8_t { idle, connecting, greeting, ready, waiting, closed };

    Connection(Transport& transport, const Clock& clock, Random& random, Uri uri,
               ConnectionOptions options, SessionListener& listener);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void open();
    // For good, and idempotent; requests in flight fail with `why`.
    void close(const Error& why = Error{ErrorCode::closed, "connection", 0, 0});
    // Gives this session up and begins another: the broker does not behave.
    void restart(const Error& why);
    int poll(std::int64_t now_ns);
    std::int64_t next_deadline_ns() const noexcept;

    State state() const noexcept { return state_; }
    bool ready() const noexcept { return state_ == State::ready; }
    // REQUIRES: the session has been ready once.
    const HelloAnswer& greeting() const noexcept { return greeting_; }
    EndpointId endpoint() const noexcept { return endpoint_; }
    const Uri& uri() const noexcept { return uri_; }
    // Why there is no session now; meaningful while not ready.
    const Error& last_error() const noexcept { return last_error_; }
    std::uint64_t sessions() const noexcept { return sessions_; }
    std::uint32_t request_room() const noexcept { return ready() ? requests_.room() : 0; }

    // Sends a request whose answer goes to `owner`. WOULD_BLOCK: ask again later.
    template <class Message>
    Result<void> request(const Message& message, const RequestTable::Request& request) {
        return ask(request, [&](std::int64_t correlation) -> Result<void> {
            KERA_TRY(encode_message(message, frame_, correlation));
            return send_frame({}, kNoToken);
        });
    }
    // The hot one: chunks are sent from where they lie, which `token` keeps.
    Result<void> append(const Append& message, std::span<const IoSpan> chunks,
                        std::uint32_t data_bytes, Token token,
                        const RequestTable::Request& request) {
        return ask(request, [&](std::int64_t correlation) {
            message.encode(frame_, correlation, data_bytes);
            return send_frame(chunks, token);
        });
    }
    // The same with nobody waiting for an answer.
    Result<void> append_unanswered(const Append& message, std::span<const IoSpan> chunks,
                                   std::uint32_t data_bytes, Token token) {
        if (!ready()) {
            return last_error_;
        }
        message.encode(frame_, kNoCorrelation, data_bytes);
        return outcome(transport_.send(endpoint_, frame_.frame(), chunks, token));
    }
    template <class Message>
    Result<void> tell(const Message& message) {
        if (!ready()) {
            return last_error_;
        }
        KERA_TRY(encode_message(message, frame_, kNoCorrelation));
        return outcome(transport_.send(endpoint_, frame_.frame(), {}, kNoToken));
    }
    void forget(const RequestOwner& owner) { requests_.forget(owner); }

    // Routed here by whoever polls the transport.
    void on_connected();
    void on_disconnected(EndpointId endpoint, const Error& why);
    void on_message(Inbound&& message);
    void on_writable();

  private:
    static constexpr std::uint32_t kRequestsBeforeGreeting = 1;
    static constexpr std::uint32_t kRequestsMax = 4096;

    void begin_attempt(std::int64_t now_ns);
    void lose(const Error& why);
    void greet();
    void on_greeting(const FrameView& frame);
    void on_error_answer(const FrameView& frame);
    void break_off(const Error& why);
    Result<void> may_ask() const;
    void forget_unsent(std::int64_t correlation);
    Result<void> send_frame(std::span<const IoSpan> body, Token token);
    // Nobody waits for an answer to what was not sent, also where something was thrown.
    template <class Send>
    Result<void> ask(const RequestTable::Request& request, Send&& send) {
        KERA_TRY(may_ask());
        const std::int64_t correlation = requests_.open(request);
        Result<void> sent;
        try {
            sent = send(correlation);
        } catch (...) {
            forget_unsent(correlation);
            throw;
        }
        if (!sent.ok()) [[unlikely]] {
            forget_unsent(correlation);
        }
        return sent;
    }
    static Result<void> outcome(SendOutcome sent);
    void keep_alive(std::int64_t now_ns);

    void on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) override;
    void on_request_failed(std::uint64_t cookie, const Error& why,
                           std::uint32_t retry_after_ms) override;

    Transport& transport_;
    const Clock& clock_;
    const Uri uri_;
    const ConnectionOptions options_;
    SessionListener& listener_;
    ReconnectBackoff backoff_;
    RequestTable requests_;
    FrameBuffer frame_;
    HelloAnswer greeting_;
    State state_ = State::idle;
    EndpointId endpoint_{-1};
    Error last_error_{ErrorCode::disconnected, "not_connected", 0, 0};
    std::uint32_t frame_bytes_max_ = kFrameBytesBeforeHello;
    std::int64_t attempt_deadline_ns_ = kNoDeadline;
    std::int64_t retry_at_ns_ = kNoDeadline;
    std::int64_t heard_at_ns_ = 0;
    bool heard_ = false;
    bool pinging_ = false;
    std::uint64_t sessions_ = 0;
};

}  // namespace kera
