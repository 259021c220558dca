// What a client's message leads to: greeting first, then each request to whoever handles it.
// Belongs to one reactor's thread; knows templates and limits, and nothing of what requests do.
// Invariant: no message of a client that was not welcomed gets further than this.
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
        // Null but on the first reactor.
        FirstReactorRequests* first;
    };

    explicit Requests(const Parts& parts) noexcept : parts_(parts) {}

    void on_message(Session& session, Inbound&& message);
    // The framing itself was broken: the last answer before the connection is closed.
    void on_violation(Session& session, const Error& what);

  private:
    void take(Session& session, Requester& requester, Inbound&& message);
    void dispatch(Session& session, const Requester& requester, const FrameView& frame,
                  Inbound&& message);
    void greet(Session& session, const Requester& requester, const FrameView& frame);
    void refuse_and_close(Session& session, const Requester& requester, const Error& error);
    void forward_to_first(const Requester& requester, const FrameView& frame);

    Parts parts_;
};

}  // namespace kera
