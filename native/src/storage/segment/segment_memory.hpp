// Where segments get their memory, and who must give it back when there is none left.
// Any thread: a mutex, taken once per segment and never per chunk. Owns no segment: those that are
// on disk and in memory are listed here from listed() to unlisted(). Invariant: memory for reading
// old data comes from free memory or from other old data that was read back, and from what appends
// or readers of fresh data use only for a single segment: else it might never be read.
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
    // `loaded_bytes_max` bounds what is read back at any time; one segment is always allowed.
    SegmentMemory(SegmentPool& pool, std::size_t loaded_bytes_max) noexcept
        : pool_(pool), loaded_bytes_max_(loaded_bytes_max) {}
    SegmentMemory(const SegmentMemory&) = delete;
    SegmentMemory& operator=(const SegmentMemory&) = delete;

    // For appends: evicts old data when the pool is empty. memory_exhausted when even that does not
    // help.
    Result<SegmentBlock> claim(std::size_t bytes);
    // For reading back; evicts only what was read back before, and when nothing is, the least
    // recently read. memory_exhausted, and reads of old data wait.
    Result<SegmentBlock> claim_to_load(std::size_t bytes);
    // Evicts the least recently read until so many bytes came free; returns how many did.
    std::size_t evict(std::size_t bytes);

    // The segment is on disk and may be evicted from now on.
    void flushed(Segment& segment);
    // The segment's file has been read into `block`, claimed above. Ends begin_load().
    void loaded(Segment& segment, SegmentBlock block);
    // REQUIRED before a segment's object goes; harmless when it was never listed.
    void forget(Segment& segment) noexcept;

    // A reader looks at an evictable segment.
    void note_read(Segment& segment) noexcept {
        segment.note_read(reads_.fetch_add(1, std::memory_order_relaxed) + 1);
    }

    // What one segment may take, so that open ones, reserved ones, and those on their way to disk
    // and back all find room in a small arena.
    std::size_t segment_share_bytes() const noexcept { return pool_.limit_bytes() / 16; }
    // Whether so much more would not make it fill up.
    bool has_room(std::size_t bytes) const {
        return pool_.free_bytes() >= pool_.limit_bytes() / 2 + bytes;
    }
    // What is closed should go to its file now, so that it can be evicted when that is needed.
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
