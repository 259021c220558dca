// Turns clients' requests into leases of groups, and back. Belongs to the first reactor's thread.
#include "broker/first_reactor/group_requests.hpp"

namespace kera {

namespace {

std::vector<LeasableGroup> groups_of(const Streamlet& streamlet) {
    std::vector<GroupInfo> infos;
    streamlet.groups(infos);
    std::vector<LeasableGroup> groups;
    groups.reserve(infos.size());
    for (const GroupInfo& info : infos) {
        if (info.first_offset != kNoOffset) {
            groups.push_back(
                {info.lane, info.group, info.state == GroupState::closed, SegmentId(0), 0});
        }
    }
    return groups;
}

}  // namespace

void GroupRequests::on_acquire(const Requester& requester, const FrameView& frame) {
    const Result<AcquireGroupAnswer> answer = acquire(requester, frame);
    if (answer.ok()) {
        answers_.send(requester, *answer);
    } else {
        answers_.refuse(requester, answer.error());
    }
}

Result<AcquireGroupAnswer> GroupRequests::acquire(const Requester& requester,
                                                  const FrameView& frame) {
    KERA_TRY_ASSIGN(const AcquireGroup asked, AcquireGroup::decode(frame));
    KERA_TRY_ASSIGN(const StreamletView* view, streams_.find(asked.stream, asked.streamlet));
    KERA_TRY(view->check_leads());
    const std::vector<LeasableGroup> groups = groups_of(view->streamlet());
    KERA_TRY_ASSIGN(const std::optional<GroupLease> lease,
                    leases_.acquire(asked.stream, asked.streamlet, asked.reader_name,
                                    requester.connection, groups));
    AcquireGroupAnswer answer;
    if (lease.has_value()) {
        answer.cursor = lease->cursor;
        answer.lease = lease->id.value();
    }
    return answer;
}

void GroupRequests::on_release(const Requester& requester, const FrameView& frame) {
    const Result<ReleaseGroup> asked = ReleaseGroup::decode(frame);
    if (!asked.ok()) {
        answers_.refuse(requester, asked.error());
        return;
    }
    const GroupLeaseId lease(asked->lease);
    bool closed = false;
    if (const auto leased = leases_.find(lease, requester.connection)) {
        if (auto view = streams_.find(leased->stream, leased->streamlet); view.ok()) {
            const Group* group =
                (*view)->streamlet().lane(leased->lane).groups().find(leased->group);
            closed = group == nullptr || group->is_closed();
        }
    }
    const Result<void> released =
        leases_.release(lease, requester.connection, {asked->cursor, asked->done, closed});
    if (released.ok()) {
        answers_.send(requester, DoneAnswer{asked->lease});
    } else {
        answers_.refuse(requester, released.error());
    }
}

void GroupRequests::on_session_closed(ConnectionId connection) {
    leases_.release_all(connection);
}

// Whoever leads next, here or elsewhere, does not know how far the groups were read.
void GroupRequests::on_leadership_ended(StreamId stream, StreamletId streamlet) {
    leases_.trim(stream, streamlet, {});
}

void GroupRequests::on_stream_dropped(StreamId stream) {
    leases_.forget_stream(stream);
}

}  // namespace kera
