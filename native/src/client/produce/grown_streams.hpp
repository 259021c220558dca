// The streams of a shared producer that have more streamlets, until the outside thread knows.
// Thread: the loop's. Borrows streams and rings. Invariant: a streamlet takes chunks before the
// outside thread is told of it; where that reads nothing, it is told later.
#pragma once

#include <cstdint>
#include <vector>

#include "client/produce/shared_rings.hpp"
#include "client/send/attached_streams.hpp"
#include "client/send/producer_identity.hpp"

namespace kera {

class GrownStreams {
  public:
    GrownStreams(const ProducerIdentity& identity, AttachedStreams& streams, SharedRings& rings)
        : identity_(identity), streams_(streams), rings_(rings) {}

    void note_size(StreamId stream, std::int32_t streamlets);
    // Returns of how many streams it has told.
    int tell();

  private:
    const ProducerIdentity& identity_;
    AttachedStreams& streams_;
    SharedRings& rings_;
    std::vector<StreamHandle> untold_;
};

}  // namespace kera
