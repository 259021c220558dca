#include "vlog/segments/segment_flushes.hpp"

#include <functional>

namespace kera {

std::size_t SegmentFlushes::PlaceHash::operator()(const SegmentPlace& place) const noexcept {
    const std::hash<StreamId> mix;
    std::int64_t key = place.stream.value() * 31 + place.streamlet.value();
    key = key * 67 + place.lane.value();
    key = key * 1'000'003 + place.group.value();
    return mix(StreamId(key * 1'021 + place.segment.value()));
}

bool SegmentFlushes::PlaceEqual::operator()(const SegmentPlace& left,
                                            const SegmentPlace& right) const noexcept {
    return left.stream == right.stream && left.streamlet == right.streamlet &&
           left.lane == right.lane && left.group == right.group && left.segment == right.segment;
}

SegmentFlush& SegmentFlushes::add(Segment& segment) {
    std::uint32_t slot = 0;
    if (free_slots_.empty()) {
        slot = static_cast<std::uint32_t>(slots_.size());
        slots_.push_back(std::make_unique<SegmentFlush>());
    } else {
        slot = free_slots_.back();
        free_slots_.pop_back();
    }
    segment.set_flush_slot(slot);
    SegmentFlush& flush = *slots_[slot];
    flush = SegmentFlush();
    flush.slot = slot;
    flush.segment = SegmentLease(segment);
    flush.place = segment.place();
    by_place_[flush.place] = slot;
    return flush;
}

SegmentFlush* SegmentFlushes::take(const SegmentPlace& place) {
    const auto found = by_place_.find(place);
    if (found == by_place_.end()) {
        return nullptr;
    }
    SegmentFlush* const flush = slots_[found->second].get();
    by_place_.erase(found);
    return flush;
}

void SegmentFlushes::release(SegmentFlush& flush) {
    flush.segment->set_flush_slot(kNoFlushSlot);
    if (!flush.dropped) {
        by_place_.erase(flush.place);
    }
    flush.segment.reset();
    free_slots_.push_back(flush.slot);
}

}  // namespace kera
