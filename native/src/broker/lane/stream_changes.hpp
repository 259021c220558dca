// What a reactor does when a stream comes or goes.
// Belongs to the reactor's thread. Called by the catalog on its own reactor, by mail on the others.
// Invariant: after dropped() nothing on this reactor refers to the stream's streamlets any more.
#pragma once

#include <vector>

#include "broker/lane/durability_gate.hpp"
#include "broker/lane/lane_care.hpp"
#include "broker/session/session_table.hpp"
#include "broker/stream/stream_table.hpp"

namespace kera {

class StreamChanges {
  public:
    StreamChanges(ReactorId reactor, StreamTable& streams, SessionTable& sessions,
                  DurabilityGate& durability, DurabilityHandler& waiting,
                  LaneCare& lane_care) noexcept
        : reactor_(reactor),
          streams_(streams),
          sessions_(sessions),
          durability_(durability),
          waiting_(waiting),
          lane_care_(lane_care) {}

    void opened(std::shared_ptr<Stream> stream) { streams_.add(std::move(stream)); }
    void dropped(StreamId stream);
    void starts_kept(StreamId stream) { lane_care_.on_starts_kept(stream); }

  private:
    ReactorId reactor_;
    StreamTable& streams_;
    SessionTable& sessions_;
    DurabilityGate& durability_;
    DurabilityHandler& waiting_;
    LaneCare& lane_care_;
};

}  // namespace kera
