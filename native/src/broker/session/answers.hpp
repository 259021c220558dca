// Brings answers to whoever asked: a session of this reactor, one of another, or the control plane.
// Belongs to one reactor's thread; encodes into a buffer of its own, so that steady answering
// allocates nothing. Invariant: each request is answered at most once, and counts as in flight
// until then.
#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "broker/mail/reactor_mailboxes.hpp"
#include "broker/mail/requester.hpp"
#include "broker/session/session_table.hpp"
#include "wire/frame/frame.hpp"
#include "wire/message/session_messages.hpp"

namespace kera {

// Where what is meant for the control plane goes.
class ControlSink {
  public:
    // An answer or an event: arrives, however long it takes.
    virtual void send(Bytes frame) = 0;
    // A request that may be refused. False: too much waits already, and nothing was taken.
    virtual bool offer(Bytes frame) = 0;

  protected:
    ~ControlSink() = default;
};

class Answers {
  public:
    // `control` is null but on the first reactor.
    Answers(ReactorId reactor, SessionTable& sessions, ReactorMailboxes& mailboxes,
            ControlSink* control) noexcept
        : reactor_(reactor), sessions_(sessions), mailboxes_(mailboxes), control_(control) {}

    template <class Message>
    void send(const Requester& requester, const Message& message) {
        if (const Result<void> encoded = encode_message(message, buffer_, requester.correlation_id);
            !encoded.ok()) [[unlikely]] {
            refuse(requester, encoded.error());
            return;
        }
        route(requester, buffer_.frame());
    }
    void refuse(const Requester& requester, const Error& error, std::uint32_t retry_after_ms = 0);
    // Something was thrown on the way: INTERNAL, and the connection is closed, wherever it is.
    void fail_request(const Requester& requester);
    // For answers encoded elsewhere: finds the way, and counts the request as answered.
    void route(const Requester& requester, Bytes frame);
    // After it the connection is closed.
    void route_last(const Requester& requester, Bytes frame);
    // A session of this reactor, after what was sent to it.
    void close_session(ConnectionId connection);
    // The request wants no answer.
    void close(const Requester& requester) noexcept;

    FrameBuffer& buffer() noexcept { return buffer_; }

  private:
    ReactorId reactor_;
    SessionTable& sessions_;
    ReactorMailboxes& mailboxes_;
    ControlSink* control_;
    FrameBuffer buffer_;
};

}  // namespace kera
