// Sparse index of a segment: one entry for about every 64 KiB, so that a search walks over few
// chunks. Written by the lane's owner, read by any thread; entries below size() never change. The
// capacity is fixed at construction. Invariant: positions and offsets grow from entry to entry, and
// each entry's position starts a chunk.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "base/check.hpp"
#include "base/ids.hpp"
#include "base/units.hpp"

namespace kera {

inline constexpr std::uint32_t kIndexStepBytes = 64U << 10U;
// The timestamp of no record.
inline constexpr std::int64_t kNoTimestamp = std::numeric_limits<std::int64_t>::min();

struct IndexEntry {
    // Base offset of the chunk at `position`.
    Offset offset;
    // Greatest timestamp of the segment's records before `position`; kNoTimestamp at the first
    // chunk.
    std::int64_t max_timestamp_before_ms = kNoTimestamp;
    std::uint32_t position = 0;
};

class SegmentIndex {
  public:
    // Chunks that start in different steps of 64 KiB get at most one entry each, so the index is
    // never full.
    explicit SegmentIndex(std::uint32_t capacity_bytes)
        : capacity_(entries_for(capacity_bytes)),
          entries_(std::make_unique<IndexEntry[]>(capacity_)) {}

    // Owner: adds a chunk that is the first to start in its step. Published with the segment's head
    // or earlier.
    void note(const IndexEntry& entry) noexcept {
        if (entry.position < next_position_) {
            return;
        }
        append(entry);
    }

    std::span<const IndexEntry> entries() const noexcept {
        return {entries_.get(), size_.load(std::memory_order_acquire)};
    }

    // The last entry for which `before(entry)` holds, or the start of the segment. `before` must
    // hold for a prefix.
    template <class Before>
    IndexEntry last(Before&& before) const noexcept {
        std::span<const IndexEntry> found = entries();
        std::size_t low = 0;
        std::size_t high = found.size();
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            if (before(found[middle])) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? IndexEntry{} : found[low - 1];
    }

  private:
    static std::uint64_t entries_for(std::uint32_t capacity_bytes) noexcept {
        return std::uint64_t{capacity_bytes} / kIndexStepBytes + 1;
    }

    void append(const IndexEntry& entry) noexcept {
        const std::uint32_t size = size_.load(std::memory_order_relaxed);
        KERA_ASSERT(size < capacity_, size, capacity_);
        entries_[size] = entry;
        next_position_ = (std::uint64_t{entry.position} / kIndexStepBytes + 1) * kIndexStepBytes;
        size_.store(size + 1, std::memory_order_release);
    }

    std::uint64_t capacity_;
    std::unique_ptr<IndexEntry[]> entries_;
    std::uint64_t next_position_ = 0;
    // Release in append() pairs with acquire in entries().
    std::atomic<std::uint32_t> size_{0};
};

}  // namespace kera
