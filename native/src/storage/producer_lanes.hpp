// Which lane of a streamlet each producer appends to. A producer keeps its lane as long as that
// lane remembers it, whatever lanes are added meanwhile: so its chunks stay in order and its
// retries are recognised. Any thread; a mutex, taken once per producer and connection, never per
// chunk. Invariant: a producer has at most one lane at a time.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"

namespace kera {

class ProducerLanes {
  public:
    // Beyond `producers_max`, new producers all get lane 0, which needs no remembering.
    explicit ProducerLanes(std::size_t producers_max = std::size_t{1} << 20U) noexcept
        : producers_max_(producers_max) {}

    // The producer's lane; a new one gets, of `lane_count` lanes, the one with the fewest
    // producers, and `preferred` when that has no more than any other.
    LaneId assign(ProducerId producer, LaneId preferred, std::uint16_t lane_count);
    // Recovery: where the producer's latest chunk was found.
    void restore(ProducerId producer, LaneId lane);
    // The lane has forgotten the producer.
    void forget(ProducerId producer, LaneId lane);
    std::size_t size() const;

  private:
    void put(ProducerId producer, LaneId lane);

    const std::size_t producers_max_;
    mutable std::mutex mutex_;
    std::unordered_map<ProducerId, LaneId> lanes_;
    // Producers per lane.
    std::vector<std::uint32_t> loads_;
};

}  // namespace kera
