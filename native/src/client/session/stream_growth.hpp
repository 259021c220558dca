// Follows how many streamlets the streams have that the users of a session have opened. The broker
// says when one has more. For what it has said while nobody listened, it is asked: when a user
// opens a stream, and when a session begins. Thread: the loop's. Borrows the connection and the
// users. Invariant: after each of these the users learn of the number that the broker has, unless
// the session is lost or the stream is gone. Nothing is asked of a broker without this feature.
#pragma once

#include <cstdint>
#include <set>

#include "base/ids.hpp"
#include "client/session/connection.hpp"
#include "client/session/session_users.hpp"

namespace kera {

class StreamGrowth final : private RequestOwner {
  public:
    StreamGrowth(Connection& connection, SessionUsers& users)
        : connection_(connection), users_(users) {}
    StreamGrowth(const StreamGrowth&) = delete;
    StreamGrowth& operator=(const StreamGrowth&) = delete;

    // A user has opened the stream; what it knows of it may be old.
    void follow(StreamId stream);
    void on_session_ready();
    void on_session_lost() noexcept { to_ask_.clear(); }
    // False: the frame is about something else.
    bool on_push(const FrameView& frame);

    // Asks what is to be asked; returns how much that was.
    int poll(std::int64_t now_ns);
    std::int64_t next_deadline_ns() const noexcept;

  private:
    bool is_told() const noexcept;
    void tell(StreamId stream, std::int32_t streamlets);

    void on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) override;
    void on_request_failed(std::uint64_t cookie, const Error& why,
                           std::uint32_t retry_after_ms) override;

    Connection& connection_;
    SessionUsers& users_;
    std::set<StreamId> to_ask_;
    std::int64_t now_ns_ = 0;
    // Not before: the broker has refused.
    std::int64_t ask_at_ns_ = 0;
};

}  // namespace kera
