// Which lane of a streamlet each producer appends to. A producer keeps its lane as long as that
// lane remembers it, even when lanes are added: so its chunks stay in order and its retries are
// recognised. Any thread; a mutex, taken once per producer and connection, never per chunk.
// Invariant: a producer has at most one lane at a time.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"

namespace kera {

class ProducerLanes {
  public:
    // Beyond `producers_max`, new producers get lane 0, which needs no entry.
    explicit ProducerLanes(std::size_t producers_max = std::size_t{1} << 16U) noexcept
        : producers_max_(producers_max) {}

    // The producer's lane. A new producer gets the lane with the fewest producers, of `lane_count`
    // lanes; `preferred` when that has as few.
    LaneId assign(ProducerId producer, LaneId preferred, std::uint16_t lane_count);
    // For recovery: the producer's latest chunk was found there. Also when the lane hears of the
    // producer for the first time.
    void restore(ProducerId producer, LaneId lane);
    // The lane has forgotten the producer.
    void forget(ProducerId producer, LaneId lane);
    // Called by the lane's owner now and then: forgets producers that were assigned to it and have
    // appended nothing for kSilentMsMax. Calls knows(ProducerId) for each that was assigned lately.
    template <class Knows>
    void forget_silent(LaneId lane, std::int64_t now_ms, Knows&& knows);
    std::size_t size() const;

    static constexpr std::int64_t kSilentMsMax = 120'000;

  private:
    struct SilentProducer {
        ProducerId producer;
        // When it was checked for the first time; -1 before.
        std::int64_t since_ms = -1;
    };

    void put(ProducerId producer, LaneId lane);
    void remove(ProducerId producer, LaneId lane);

    const std::size_t producers_max_;
    mutable std::mutex mutex_;
    std::unordered_map<ProducerId, LaneId> lanes_;
    // Producers per lane.
    std::vector<std::uint32_t> loads_;
    // For each lane: producers that were assigned, and have not appended yet.
    std::vector<std::vector<SilentProducer>> silent_;
};

template <class Knows>
void ProducerLanes::forget_silent(LaneId lane, std::int64_t now_ms, Knows&& knows) {
    const std::lock_guard guard(mutex_);
    if (lane.value() >= silent_.size()) {
        return;
    }
    std::erase_if(silent_[lane.value()], [&](SilentProducer& one) {
        if (knows(one.producer)) {
            return true;
        }
        if (one.since_ms < 0) {
            one.since_ms = now_ms;
        }
        if (now_ms - one.since_ms < kSilentMsMax) {
            return false;
        }
        remove(one.producer, lane);
        return true;
    });
}

}  // namespace kera
