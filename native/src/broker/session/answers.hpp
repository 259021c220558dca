// Sends answers to their requesters: to a session of this reactor, to one of another reactor, or to
// the control plane. Belongs to one reactor's thread. Encodes into its own buffer, so steady
// answering allocates nothing. Invariant: each request is answered at most once, and counts as in
// flight until then.
#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "broker/mail/reactor_mailboxes.hpp"
#include "broker/mail/requester.hpp"
#include "broker/session/session_table.hpp"
#include "wire/frame/frame.hpp"
#include "wire/message/session_messages.hpp"

namespace kera {

// Sends frames to the control plane.
class ControlSink {
  public:
    // An answer or an event. It will arrive, however long it takes.
    virtual void send(Bytes frame) = 0;
    // A request. False: too many frames wait, and this one was not taken.
    virtual bool offer(Bytes frame) = 0;

  protected:
    ~ControlSink() = default;
};

class Answers {
  public:
    // `control` is null except on the first reactor.
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
    // The request has thrown: answers INTERNAL and closes the connection, on whichever reactor.
    void fail_request(const Requester& requester);
    // For an answer that is encoded already: sends it to its requester.
    void route(const Requester& requester, Bytes frame);
    // The same, and closes the connection afterwards.
    void route_last(const Requester& requester, Bytes frame);
    // Closes a session of this reactor after what was sent to it.
    void close_session(ConnectionId connection);
    // The request gets no answer.
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
