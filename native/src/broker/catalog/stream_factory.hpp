// Makes streams in memory, with their streamlets and lanes, and gives each lane to its reactor.
// Belongs to the thread that opens the core, then to the first reactor's. Borrows what lanes are
// made of. Invariant: a lane's owner depends only on its ids and on the number of reactors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/catalog/lane_owners.hpp"
#include "broker/stream/stream.hpp"
#include "storage/lane/lane.hpp"

namespace kera {

class StreamFactory {
  public:
    // `lane_hosts` has one entry for each reactor.
    StreamFactory(const std::vector<LaneHost>& lane_hosts, SegmentMemory& memory,
                  Counters& counters) noexcept
        : owners_(static_cast<std::int32_t>(lane_hosts.size())),
          lane_hosts_(lane_hosts),
          memory_(memory),
          counters_(counters) {}

    // REQUIRES: name and settings were checked.
    Result<std::shared_ptr<Stream>> make(StreamId id, const std::string& name,
                                         const StreamSettings& settings, Term term) const;
    // Adds streamlets until the stream has as many as these settings say, in the term of the first.
    Result<void> add_streamlets(Stream& stream, const StreamSettings& settings) const;
    // Adds lanes until each streamlet has this many.
    Result<void> add_lanes(Stream& stream, std::uint16_t lanes) const;

  private:
    void add_streamlets(Stream& stream, const StreamSettings& settings, Term term) const;

    const LaneOwners owners_;
    const std::vector<LaneHost>& lane_hosts_;
    SegmentMemory& memory_;
    Counters& counters_;
};

}  // namespace kera
