// What a reactor does when a stream is opened, grows, gets another leader or is dropped. Belongs to
// the reactor's thread. On the first reactor the catalog calls it, on others a message does.
// Invariant: after dropped() nothing on this reactor refers to the stream's streamlets.
#pragma once

#include <cstdint>
#include <vector>

#include "broker/lane/append_durability.hpp"
#include "broker/lane/lane_maintenance.hpp"
#include "broker/session/session_table.hpp"
#include "broker/stream/stream_table.hpp"

namespace kera {

class StreamLifecycle {
  public:
    StreamLifecycle(ReactorId reactor, StreamTable& streams, SessionTable& sessions,
                    AppendDurability& durability, DurabilityHandler& waiting,
                    LaneMaintenance& lane_maintenance) noexcept
        : reactor_(reactor),
          streams_(streams),
          sessions_(sessions),
          durability_(durability),
          waiting_(waiting),
          lane_maintenance_(lane_maintenance) {}

    void opened(std::shared_ptr<Stream> stream) { streams_.add(std::move(stream)); }
    // Takes streamlets that were added.
    void grown(StreamId stream) { streams_.grow(stream); }
    // Tells this reactor's sessions that want to know.
    void tell_growth(StreamId stream, std::int32_t streamlets);
    // This node leads streamlets of the stream, or not any more: those who wait for them are told.
    void leadership_told(const LeadershipTold& told);
    void dropped(StreamId stream);
    void starts_kept(StreamId stream) { lane_maintenance_.on_starts_kept(stream); }

  private:
    ReactorId reactor_;
    StreamTable& streams_;
    SessionTable& sessions_;
    AppendDurability& durability_;
    DurabilityHandler& waiting_;
    LaneMaintenance& lane_maintenance_;
};

}  // namespace kera
