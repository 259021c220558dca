// The memory of all segments: blocks in size classes over one region of the arena.
// Any thread; a mutex is taken once per block, never per chunk. The region is the caller's and
// outlives the pool; the pool outlives its blocks. Allocates nothing after create().
// Invariants: blocks never overlap; used, free and unusable bytes add up to the region's; debug
// builds catch the use of a block that was given back (see poison.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "memory/arena_region.hpp"
#include "memory/block_map.hpp"

namespace kera {

class SegmentPool;

struct SegmentPoolConfig {
    // Ascending; the first is a multiple of 4 KiB, each other one a multiple of the one before.
    std::vector<std::size_t> class_bytes = {64_KiB, 256_KiB, 1_MiB, 4_MiB, 16_MiB};
};

// A block on loan; its destruction gives it back. Move-only; may go back on any thread.
class SegmentBlock {
  public:
    SegmentBlock() noexcept = default;
    SegmentBlock(SegmentBlock&& other) noexcept { swap(other); }
    SegmentBlock& operator=(SegmentBlock&& other) noexcept {
        if (this != &other) {
            reset();
            swap(other);
        }
        return *this;
    }
    SegmentBlock(const SegmentBlock&) = delete;
    SegmentBlock& operator=(const SegmentBlock&) = delete;
    ~SegmentBlock() { reset(); }

    bool empty() const noexcept { return pool_ == nullptr; }
    std::byte* data() const noexcept { return data_; }
    // At least what was asked for: all of its class.
    std::size_t bytes() const noexcept { return bytes_; }
    // Where data() lies in the region.
    std::size_t offset() const noexcept { return offset_; }
    // Offset and generation together name this loan: no later block at the offset has the same.
    std::uint32_t generation() const noexcept { return generation_; }

    void reset() noexcept;

  private:
    friend class SegmentPool;

    void swap(SegmentBlock& other) noexcept {
        std::swap(pool_, other.pool_);
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
        std::swap(offset_, other.offset_);
        std::swap(generation_, other.generation_);
    }

    SegmentPool* pool_ = nullptr;
    std::byte* data_ = nullptr;
    std::size_t bytes_ = 0;
    std::size_t offset_ = 0;
    std::uint32_t generation_ = 0;
};

class SegmentPool {
  public:
    struct ClassUse {
        std::size_t block_bytes = 0;
        std::size_t used_blocks = 0;
        std::size_t free_blocks = 0;
    };

    // invalid_argument for classes that do not divide each other or do not fit the region.
    static Result<std::unique_ptr<SegmentPool>> create(const ArenaRegion& region,
                                                       const SegmentPoolConfig& config = {});

    SegmentPool(const SegmentPool&) = delete;
    SegmentPool& operator=(const SegmentPool&) = delete;
    ~SegmentPool();

    // A block of the smallest class that holds `bytes`, or adjacent blocks of the largest class.
    // REQUIRES: bytes > 0. memory_exhausted: the limit is the pool's and the value what would be
    // used then; or there is enough, but not in one piece: then the limit is the largest piece and
    // the value what was asked for.
    Result<SegmentBlock> acquire(std::size_t bytes);

    // Whether the block of this loan has not been given back.
    bool is_current(std::size_t offset, std::uint32_t generation) const;

    const ArenaRegion& region() const noexcept { return region_; }
    std::size_t limit_bytes() const noexcept { return limit_bytes_; }
    std::size_t used_bytes() const;
    std::size_t free_bytes() const { return limit_bytes_ - used_bytes(); }
    std::size_t largest_class_bytes() const noexcept { return largest_class_bytes_; }
    // Allocates; for reports.
    std::vector<ClassUse> classes() const;

  private:
    friend class SegmentBlock;

    SegmentPool(const ArenaRegion& region, std::size_t unit_bytes, BlockMap map);
    void give_back(std::byte* data, std::size_t bytes, std::size_t offset,
                   std::uint32_t generation) noexcept;

    const ArenaRegion region_;
    const std::size_t unit_bytes_;
    const std::size_t limit_bytes_;
    const std::size_t largest_class_bytes_;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    BlockMap map_;
};

}  // namespace kera
