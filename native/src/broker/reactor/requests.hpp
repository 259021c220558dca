// What happens to a client's message: first the greeting, then each request goes to its handler.
// Belongs to one reactor's thread. It knows templates and limits, not what requests do. Invariant:
// before a client was greeted, no other message of it is handled.
#pragma once

#include <string>

#include "broker/append/appends.hpp"
#include "broker/config/core_config.hpp"
#include "broker/mail/reactor_mailboxes.hpp"
#include "broker/read/fetches.hpp"
#include "broker/read/offset_lists.hpp"
#include "broker/read/subscriptions.hpp"
#include "broker/session/answers.hpp"
#include "broker/session/request_guard.hpp"

namespace kera {

class FirstReactorRequests;

class Requests {
  public:
    struct Parts {
        ReactorId reactor;
        const CoreConfig& config;
        Answers& answers;
        ReactorMailboxes& mailboxes;
        Appends& appends;
        Fetches& fetches;
        OffsetLists& offset_lists;
        Subscriptions& subscriptions;
        RequestGuard& guard;
        // Null except on the first reactor.
        FirstReactorRequests* first;
    };

    explicit Requests(const Parts& parts) noexcept : parts_(parts) {}

    void on_message(Session& session, Inbound&& message);
    // The client broke the framing: sends the last answer before the connection is closed.
    void on_violation(Session& session, const Error& what);

  private:
    void handle(Session& session, Requester& requester, Inbound&& message);
    void dispatch(Session& session, const Requester& requester, const FrameView& frame,
                  Inbound&& message);
    void greet(Session& session, const Requester& requester, const FrameView& frame);
    void refuse_and_close(Session& session, const Requester& requester, const Error& error);
    void forward_to_first(const Requester& requester, const FrameView& frame);

    Parts parts_;
};

}  // namespace kera
