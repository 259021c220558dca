// Segments with entries that are only in the journal. The one with the earliest such entry is in
// front: it holds the journal back longest. The reactor only; links the slots of SegmentFlushes.
// Adding a newly dirty segment costs nothing. Invariant: `dirty_from` never falls from front to
// back.
#pragma once

#include <cstdint>

#include "vlog/segments/segment_flushes.hpp"

namespace kera {

class DirtyList {
  public:
    explicit DirtyList(SegmentFlushes& flushes) noexcept : flushes_(flushes) {}

    // The segment with the earliest entry; null when there is none.
    SegmentFlush* front() const noexcept { return at(front_); }
    SegmentFlush* next(const SegmentFlush& flush) const noexcept { return at(flush.next_dirty); }

    // REQUIRES: dirty_from is set; the segment is not listed.
    void add(SegmentFlush& flush) noexcept {
        // Positions grow, so this ends at once, except after a failure.
        std::uint32_t before = back_;
        while (before != kNoFlushSlot && flushes_[before].dirty_from > flush.dirty_from) {
            before = flushes_[before].previous_dirty;
        }
        flush.previous_dirty = before;
        flush.next_dirty = before == kNoFlushSlot ? front_ : flushes_[before].next_dirty;
        (before == kNoFlushSlot ? front_ : flushes_[before].next_dirty) = flush.slot;
        (flush.next_dirty == kNoFlushSlot ? back_ : flushes_[flush.next_dirty].previous_dirty) =
            flush.slot;
    }

    // Clears `dirty_from`. Does nothing for a segment that is not dirty.
    void remove(SegmentFlush& flush) noexcept {
        if (!flush.dirty_from) {
            return;
        }
        flush.dirty_from.reset();
        (flush.previous_dirty == kNoFlushSlot ? front_
                                              : flushes_[flush.previous_dirty].next_dirty) =
            flush.next_dirty;
        (flush.next_dirty == kNoFlushSlot ? back_ : flushes_[flush.next_dirty].previous_dirty) =
            flush.previous_dirty;
        flush.previous_dirty = kNoFlushSlot;
        flush.next_dirty = kNoFlushSlot;
    }

  private:
    SegmentFlush* at(std::uint32_t slot) const noexcept {
        return slot == kNoFlushSlot ? nullptr : &flushes_[slot];
    }

    SegmentFlushes& flushes_;
    std::uint32_t front_ = kNoFlushSlot;
    std::uint32_t back_ = kNoFlushSlot;
};

}  // namespace kera
