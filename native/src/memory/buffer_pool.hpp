// Buffers of one size, bounded in number: what transports receive into.
// acquire() belongs to the thread that first calls it; a buffer may be given back on any thread.
// Over a region of the arena, which outlives the pool, or over memory of its own. The pool outlives
// its buffers. Invariant: each buffer is on loan at most once; nothing is allocated after create().
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "memory/arena_region.hpp"

namespace kera {

class BufferPool;

// A buffer on loan; its destruction gives it back. Move-only.
class PooledBuffer {
  public:
    PooledBuffer() noexcept = default;
    PooledBuffer(PooledBuffer&& other) noexcept { swap(other); }
    PooledBuffer& operator=(PooledBuffer&& other) noexcept {
        if (this != &other) {
            reset();
            swap(other);
        }
        return *this;
    }
    PooledBuffer(const PooledBuffer&) = delete;
    PooledBuffer& operator=(const PooledBuffer&) = delete;
    ~PooledBuffer() { reset(); }

    bool empty() const noexcept { return pool_ == nullptr; }
    std::byte* data() const noexcept { return data_; }
    std::size_t bytes() const noexcept { return bytes_; }
    void reset() noexcept;

  private:
    friend class BufferPool;
    PooledBuffer(BufferPool* pool, std::byte* data, std::size_t bytes) noexcept
        : pool_(pool), data_(data), bytes_(bytes) {}

    void swap(PooledBuffer& other) noexcept {
        std::swap(pool_, other.pool_);
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
    }

    BufferPool* pool_ = nullptr;
    std::byte* data_ = nullptr;
    std::size_t bytes_ = 0;
};

class BufferPool {
  public:
    // As many buffers as fit. `buffer_bytes` is a multiple of 64.
    static Result<std::unique_ptr<BufferPool>> create(const ArenaRegion& region,
                                                      std::size_t buffer_bytes);
    // Over pages of its own, which come at their first use.
    static Result<std::unique_ptr<BufferPool>> create(std::size_t buffer_count,
                                                      std::size_t buffer_bytes);

    BufferPool(const BufferPool&) = delete;
    BufferPool& operator=(const BufferPool&) = delete;
    ~BufferPool();

    // buffer_exhausted: limit is the number of buffers, all of which are on loan.
    Result<PooledBuffer> acquire();

    std::size_t buffer_bytes() const noexcept { return buffer_bytes_; }
    std::size_t buffer_count() const noexcept { return next_.size(); }
    std::size_t used_count() const noexcept { return used_count_.load(std::memory_order_relaxed); }

  private:
    friend class PooledBuffer;

    static constexpr std::uint32_t kNone = 0xFFFFFFFF;

    BufferPool(std::byte* base, std::size_t mapped_bytes, std::size_t buffer_count,
               std::size_t buffer_bytes);
    static Result<void> check(std::size_t buffer_count, std::size_t buffer_bytes) noexcept;
    void give_back(std::byte* data) noexcept;

    std::byte* const base_;
    // Of our own mapping; 0 over a region.
    const std::size_t mapped_bytes_;
    const std::size_t buffer_bytes_;
    // Free buffers form lists through here. A buffer's entry belongs to whoever holds the buffer.
    std::vector<std::uint32_t> next_;
    // Only the acquiring thread's.
    std::uint32_t free_ = kNone;
    // Pushed by any thread, taken as a whole by the acquiring thread, so there is no ABA.
    std::atomic<std::uint32_t> returned_{kNone};
    std::atomic<std::size_t> used_count_{0};
};

}  // namespace kera
