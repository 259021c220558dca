// Gives memory to segments, and decides which ones are evicted when none is left. Any thread: a
// mutex, taken once per segment and never per chunk. Owns no segment; lists those that are both in
// memory and on disk. Invariant: memory for reading old data is free memory, or other old data's.
// Only for a single segment it is taken from appends and readers of fresh data: else that segment
// might never be read.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/result.hpp"
#include "memory/segment_pool.hpp"
#include "storage/segment/segment.hpp"

namespace kera {

class SegmentMemory {
  public:
    // `loaded_bytes_max` bounds what is read back at a time. One segment is always allowed.
    SegmentMemory(SegmentPool& pool, std::size_t loaded_bytes_max) noexcept
        : pool_(pool), loaded_bytes_max_(loaded_bytes_max) {}
    SegmentMemory(const SegmentMemory&) = delete;
    SegmentMemory& operator=(const SegmentMemory&) = delete;

    // For appends: evicts old data when the pool is empty. memory_exhausted when that does not
    // help.
    Result<SegmentBlock> claim(std::size_t bytes);
    // For reading back: evicts only what was read back before; when there is nothing like that, the
    // segment read longest ago. memory_exhausted: the reader waits.
    Result<SegmentBlock> claim_to_load(std::size_t bytes);
    // Evicts the segments read longest ago until so many bytes are free; returns how many are.
    std::size_t evict(std::size_t bytes);

    // The segment is on disk and may be evicted from now on.
    void flushed(Segment& segment);
    // The segment's file has been read into `block`, claimed above. Ends begin_load().
    void loaded(Segment& segment, SegmentBlock block);
    // REQUIRED before a segment's object is destroyed. Does nothing when it was never listed.
    void forget(Segment& segment) noexcept;

    // A reader reads an evictable segment.
    void note_read(Segment& segment) noexcept {
        segment.note_read(reads_.fetch_add(1, std::memory_order_relaxed) + 1);
    }

    // What one segment may take: open ones, reserved ones, and those on their way to and from disk
    // all have to fit into a small arena.
    std::size_t segment_share_bytes() const noexcept { return pool_.limit_bytes() / 16; }
    // Whether memory has room for so much more.
    bool has_room(std::size_t bytes) const {
        return pool_.free_bytes() >= pool_.limit_bytes() / 2 + bytes;
    }
    // Closed segments have to go to their files now, so that they can be evicted when necessary.
    bool fills_up() const { return !has_room(0); }
    std::size_t used_bytes() const { return pool_.used_bytes(); }
    std::size_t limit_bytes() const noexcept { return pool_.limit_bytes(); }
    std::size_t loaded_bytes() const noexcept;
    std::size_t evictable_count() const noexcept;

  private:
    std::size_t evict_from(std::vector<Segment*>& list, std::size_t bytes);

    SegmentPool& pool_;
    const std::size_t loaded_bytes_max_;
    std::atomic<std::uint64_t> reads_{0};
    mutable std::mutex mutex_;
    // Guarded by mutex_: flushed and in memory, read back and in memory.
    std::vector<Segment*> flushed_;
    std::vector<Segment*> loaded_;
    std::size_t loaded_bytes_ = 0;
};

}  // namespace kera
