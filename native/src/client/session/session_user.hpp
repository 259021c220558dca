// A user of the client's session, as the loop sees it: a producer or a consumer.
// Thread: the loop's; every call comes from Loop::poll().
#pragma once

#include <cstdint>
#include <functional>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "transport/transport.hpp"

namespace kera {

class SessionUser {
  public:
    SessionUser() = default;
    SessionUser(const SessionUser&) = delete;
    SessionUser& operator=(const SessionUser&) = delete;
    virtual ~SessionUser() = default;

    // Does what can be done now; returns how much that was.
    virtual int poll(std::int64_t now_ns) = 0;
    virtual std::int64_t next_deadline_ns() const = 0;
    // Whether another thread has handed something over since poll().
    virtual bool has_work() const = 0;
    // Whether something that arrives is of use to somebody before poll() is called for another
    // reason.
    virtual bool awaits_messages() const { return true; }
    // Whether it can be destroyed: nothing that was sent refers to its memory.
    virtual bool idle() const = 0;
    // No more work will come; what is in flight ends.
    virtual void shut_down(const Error& why) = 0;

    virtual void on_session_ready() = 0;
    virtual void on_session_lost() = 0;
    virtual void on_session_writable() {}
    virtual void on_released(std::uint32_t entry) { static_cast<void>(entry); }

    // The streams whose growth it follows, from then on until it is gone.
    virtual void for_each_stream(const std::function<void(StreamId)>& visit) {
        static_cast<void>(visit);
    }
    // A stream, perhaps none of its own, has this many streamlets by now. It is told so more than
    // once, and late: it ignores what is not more than it knows.
    virtual void on_stream_size(StreamId stream, std::int32_t streamlets) {
        static_cast<void>(stream);
        static_cast<void>(streamlets);
    }
    // The broker has said in which term a stream is, when a session began or somebody asked. Other
    // streamlets of it may be in others.
    virtual void on_stream_term(StreamId stream, Term term) {
        static_cast<void>(stream);
        static_cast<void>(term);
    }
};

}  // namespace kera
