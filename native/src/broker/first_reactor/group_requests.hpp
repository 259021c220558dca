// Requests for exclusive groups. Belongs to the first reactor's thread. GroupLeases decides who
// gets which group. Invariant: a lease ends with its connection.
#pragma once

#include "broker/catalog/catalog_changes.hpp"
#include "broker/catalog/leadership_changes.hpp"
#include "broker/first_reactor/group_leases.hpp"
#include "broker/session/answers.hpp"
#include "broker/stream/stream_table.hpp"
#include "wire/message/consume_messages.hpp"

namespace kera {

class GroupRequests final : public StreamDropListener, public LeadershipListener {
  public:
    GroupRequests(Answers& answers, StreamTable& streams) noexcept
        : answers_(answers), streams_(streams) {}

    void on_acquire(const Requester& requester, const FrameView& frame);
    void on_release(const Requester& requester, const FrameView& frame);
    void on_session_closed(ConnectionId connection);
    void on_stream_dropped(StreamId stream) override;
    void on_leadership_ended(StreamId stream, StreamletId streamlet) override;

  private:
    Result<AcquireGroupAnswer> acquire(const Requester& requester, const FrameView& frame);

    Answers& answers_;
    StreamTable& streams_;
    GroupLeases leases_;
};

}  // namespace kera
