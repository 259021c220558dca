// A stream is dropped: those who wait for it are told, and what it holds here is released. Belongs
// to the reactor's thread.
#include "broker/lane/stream_lifecycle.hpp"

namespace kera {

void StreamLifecycle::dropped(StreamId stream) {
    durability_.forget(stream, waiting_);
    std::vector<DroppedGroup> dropped;
    streams_.for_each_of(stream, [this, &dropped](StreamletView& view) {
        Streamlet& streamlet = view.streamlet();
        for (std::uint16_t at = 0; at < streamlet.lane_count(); ++at) {
            Lane& lane = streamlet.lane(LaneId(at));
            if (lane.owner() == reactor_) {
                lane.drop_all(dropped);
            }
        }
    });
    sessions_.for_each([](Session& session) { session.forget_lanes(); });
    streams_.drop(stream);
}

}  // namespace kera
