// The segments that are not wholly in their files yet, by slot and by place. The reactor only. Owns
// what is known of each. A segment holds the number of its slot, so finding it costs nothing. Slots
// are used again. Invariant: a place is listed exactly while its segment has a slot and was not
// dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "vlog/segments/segment_flush.hpp"

namespace kera {

class SegmentFlushes {
  public:
    // A segment without a slot gets one, and is leased.
    SegmentFlush& of(Segment& segment) {
        return segment.flush_slot() != kNoFlushSlot ? *slots_[segment.flush_slot()] : add(segment);
    }
    SegmentFlush& operator[](std::uint32_t slot) noexcept { return *slots_[slot]; }
    const SegmentFlush& operator[](std::uint32_t slot) const noexcept { return *slots_[slot]; }

    // Removes the one at this place from the list and returns it; null when there is none.
    SegmentFlush* take(const SegmentPlace& place);
    // The same for every segment of the stream. Each is handed to `drop(SegmentFlush&)`.
    template <class Drop>
    void take_all(StreamId stream, Drop&& drop) {
        std::erase_if(by_place_, [&](const auto& placed) {
            const bool takes = placed.first.stream == stream;
            if (takes) {
                drop(*slots_[placed.second]);
            }
            return takes;
        });
    }
    // Frees slot and lease.
    void release(SegmentFlush& flush);

  private:
    struct PlaceHash {
        std::size_t operator()(const SegmentPlace& place) const noexcept;
    };
    struct PlaceEqual {
        bool operator()(const SegmentPlace& left, const SegmentPlace& right) const noexcept;
    };

    SegmentFlush& add(Segment& segment);

    std::vector<std::unique_ptr<SegmentFlush>> slots_;
    std::vector<std::uint32_t> free_slots_;
    std::unordered_map<SegmentPlace, std::uint32_t, PlaceHash, PlaceEqual> by_place_;
};

}  // namespace kera
