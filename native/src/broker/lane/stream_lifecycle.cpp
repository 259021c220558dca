// A stream has grown: clients are told. It is dropped: those who wait for it are told, and what it
// holds here is released. Belongs to the reactor's thread.
#include "broker/lane/stream_lifecycle.hpp"

#include "base/check.hpp"
#include "wire/message/session_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

// All sessions that want to know, whatever streams they use: that is seldom, and a session need not
// remember what its client has described.
void StreamLifecycle::tell_growth(StreamId stream, std::int32_t streamlets) {
    FrameBuffer frame;
    StreamGrown{stream, streamlets}.encode(frame, kNoCorrelation);
    std::vector<ConnectionId> slow;
    sessions_.for_each([&frame, &slow](Session& session) {
        if ((session.features() & kFeatureStreamGrown) == 0 || session.closing) {
            return;
        }
        session.send(frame.frame());
        if (session.unread_answers_exceeded()) {
            slow.push_back(session.id());
        }
    });
    // Closing may end the session at once.
    for (const ConnectionId id : slow) {
        Session& session = *sessions_.find(id);
        session.closing = true;
        session.transport().close(session.endpoint(),
                                  fail(ErrorCode::limit_exceeded, "unread_answer_bytes"));
    }
}

void StreamLifecycle::leadership_told(const LeadershipTold& told) {
    // First, so that nothing more is accepted while those who wait are told.
    streams_.tell_leadership(told.stream, told.first, told.end);
    if (!told.leads) {
        durability_.leadership_ended(told.stream, told.first, told.end, waiting_);
    }
}

void StreamLifecycle::dropped(StreamId stream) {
    durability_.forget(stream, waiting_);
    streams_.for_each_of(stream, [this](StreamletView& view) {
        Streamlet& streamlet = view.streamlet();
        for (std::uint16_t at = 0; at < streamlet.lane_count(); ++at) {
            Lane& lane = streamlet.lane(LaneId(at));
            if (lane.owner() == reactor_) {
                lane.drop_all();
            }
        }
    });
    sessions_.for_each([](Session& session) { session.forget_lanes(); });
    streams_.drop(stream);
}

}  // namespace kera
