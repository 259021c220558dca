// Assigns each new producer to the lane with the fewest producers, and keeps it there. See
// producer_lanes.hpp. Any thread.
#include "storage/lane/producer_lanes.hpp"

#include "base/check.hpp"

namespace kera {

LaneId ProducerLanes::assign(ProducerId producer, LaneId preferred, std::uint16_t lane_count) {
    KERA_ASSERT(lane_count > 0 && preferred.value() < lane_count, preferred, lane_count);
    const std::lock_guard guard(mutex_);
    const auto known = lanes_.find(producer);
    if (known != lanes_.end()) {
        return known->second;
    }
    if (lanes_.size() >= producers_max_) {
        return LaneId(0);
    }
    if (loads_.size() < lane_count) {
        loads_.resize(lane_count);
    }
    LaneId chosen = preferred;
    for (std::uint16_t lane = 0; lane < lane_count; ++lane) {
        if (loads_[lane] < loads_[chosen.value()]) {
            chosen = LaneId(lane);
        }
    }
    put(producer, chosen);
    if (silent_.size() <= chosen.value()) {
        silent_.resize(std::size_t{chosen.value()} + 1);
    }
    silent_[chosen.value()].push_back({producer});
    return chosen;
}

void ProducerLanes::restore(ProducerId producer, LaneId lane) {
    const std::lock_guard guard(mutex_);
    const auto known = lanes_.find(producer);
    if (known != lanes_.end()) {
        --loads_[known->second.value()];
        lanes_.erase(known);
    }
    put(producer, lane);
}

void ProducerLanes::forget(ProducerId producer, LaneId lane) {
    const std::lock_guard guard(mutex_);
    remove(producer, lane);
}

void ProducerLanes::remove(ProducerId producer, LaneId lane) {
    const auto known = lanes_.find(producer);
    if (known != lanes_.end() && known->second == lane) {
        --loads_[lane.value()];
        lanes_.erase(known);
    }
}

std::size_t ProducerLanes::size() const {
    const std::lock_guard guard(mutex_);
    return lanes_.size();
}

void ProducerLanes::put(ProducerId producer, LaneId lane) {
    if (loads_.size() <= lane.value()) {
        loads_.resize(std::size_t{lane.value()} + 1);
    }
    ++loads_[lane.value()];
    lanes_.emplace(producer, lane);
}

}  // namespace kera
