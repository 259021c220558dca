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
    explicit ProducerLanes(std::size_t producers_max = std::size_t{1} << 16U) noexcept
        : producers_max_(producers_max) {}

    // The producer's lane; a new one gets, of `lane_count` lanes, the one with the fewest
    // producers, and `preferred` when that has no more than any other.
    LaneId assign(ProducerId producer, LaneId preferred, std::uint16_t lane_count);
    // Recovery: where the producer's latest chunk was found. And when the lane hears of it first.
    void restore(ProducerId producer, LaneId lane);
    // The lane has forgotten the producer.
    void forget(ProducerId producer, LaneId lane);
    // The lane's owner, now and then: whoever was assigned to it, and has appended nothing for
    // kUnheardMs, is forgotten. Calls knows(ProducerId) for each that was assigned lately.
    template <class Knows>
    void forget_unheard(LaneId lane, std::int64_t now_ms, Knows&& knows);
    std::size_t size() const;

    static constexpr std::int64_t kUnheardMs = 120'000;

  private:
    struct Unheard {
        ProducerId producer;
        // When it was looked at first; -1 before that.
        std::int64_t since_ms = -1;
    };

    void put(ProducerId producer, LaneId lane);
    void remove(ProducerId producer, LaneId lane);

    const std::size_t producers_max_;
    mutable std::mutex mutex_;
    std::unordered_map<ProducerId, LaneId> lanes_;
    // Producers per lane.
    std::vector<std::uint32_t> loads_;
    // Per lane: assigned, and not seen in the lane yet.
    std::vector<std::vector<Unheard>> unheard_;
};

template <class Knows>
void ProducerLanes::forget_unheard(LaneId lane, std::int64_t now_ms, Knows&& knows) {
    const std::lock_guard guard(mutex_);
    if (lane.value() >= unheard_.size()) {
        return;
    }
    std::erase_if(unheard_[lane.value()], [&](Unheard& one) {
        if (knows(one.producer)) {
            return true;
        }
        if (one.since_ms < 0) {
            one.since_ms = now_ms;
        }
        if (now_ms - one.since_ms < kUnheardMs) {
            return false;
        }
        remove(one.producer, lane);
        return true;
    });
}

}  // namespace kera
