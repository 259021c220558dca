#include "memory/buffer_pool.hpp"

#include <sys/mman.h>

#include "base/units.hpp"
#include "memory/poison.hpp"

namespace kera {

void PooledBuffer::reset() noexcept {
    if (pool_ != nullptr) {
        std::exchange(pool_, nullptr)->give_back(data_);
        data_ = nullptr;
        bytes_ = 0;
    }
}

Result<void> BufferPool::check(std::size_t buffer_count, std::size_t buffer_bytes) noexcept {
    if (buffer_bytes == 0 || buffer_bytes % kCacheLineBytes != 0) {
        return fail(ErrorCode::invalid_argument, "buffer_bytes", kCacheLineBytes,
                    static_cast<std::int64_t>(buffer_bytes));
    }
    if (buffer_count == 0 || buffer_count >= kNone) {
        return fail(ErrorCode::invalid_argument, "buffer_count", kNone,
                    static_cast<std::int64_t>(buffer_count));
    }
    return {};
}

Result<std::unique_ptr<BufferPool>> BufferPool::create(const ArenaRegion& region,
                                                       std::size_t buffer_bytes) {
    const std::size_t buffer_count = buffer_bytes == 0 ? 0 : region.bytes / buffer_bytes;
    KERA_TRY(check(buffer_count, buffer_bytes));
    return std::unique_ptr<BufferPool>(new BufferPool(region.base, 0, buffer_count, buffer_bytes));
}

Result<std::unique_ptr<BufferPool>> BufferPool::create(std::size_t buffer_count,
                                                       std::size_t buffer_bytes) {
    KERA_TRY(check(buffer_count, buffer_bytes));
    std::size_t mapped_bytes = 0;
    if (__builtin_mul_overflow(buffer_count, buffer_bytes, &mapped_bytes)) {
        return fail(ErrorCode::invalid_argument, "buffer_bytes", 0,
                    static_cast<std::int64_t>(buffer_bytes));
    }
    void* const base = mmap(nullptr, mapped_bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        return fail(ErrorCode::memory_exhausted, "buffer_pool_bytes", 0,
                    static_cast<std::int64_t>(mapped_bytes));
    }
    return std::unique_ptr<BufferPool>(
        new BufferPool(static_cast<std::byte*>(base), mapped_bytes, buffer_count, buffer_bytes));
}

BufferPool::BufferPool(std::byte* base, std::size_t mapped_bytes, std::size_t buffer_count,
                       std::size_t buffer_bytes)
    : base_(base), mapped_bytes_(mapped_bytes), buffer_bytes_(buffer_bytes), next_(buffer_count) {
    for (std::size_t i = buffer_count; i > 0; --i) {
        next_[i - 1] = free_;
        free_ = static_cast<std::uint32_t>(i - 1);
    }
    poison_unused(base_, buffer_count * buffer_bytes_);
}

BufferPool::~BufferPool() {
    // Acquire, with the release of the last give_back: its poisoning comes before what follows.
    KERA_ASSERT(used_count_.load(std::memory_order_acquire) == 0, used_count());
    unpoison(base_, buffer_count() * buffer_bytes_);
    if (mapped_bytes_ > 0) {
        munmap(base_, mapped_bytes_);
    }
}

Result<PooledBuffer> BufferPool::acquire() {
    if (free_ == kNone) {
        // Acquire, with the release in give_back: the list's links, and all use of the buffers.
        free_ = returned_.exchange(kNone, std::memory_order_acquire);
        if (free_ == kNone) {
            return fail(ErrorCode::buffer_exhausted, "buffers",
                        static_cast<std::int64_t>(buffer_count()),
                        static_cast<std::int64_t>(buffer_count()));
        }
    }
    const std::uint32_t index = free_;
    free_ = next_[index];
    used_count_.fetch_add(1, std::memory_order_relaxed);
    std::byte* const data = base_ + index * buffer_bytes_;
    unpoison(data, buffer_bytes_);
    return PooledBuffer(this, data, buffer_bytes_);
}

void BufferPool::give_back(std::byte* data) noexcept {
    poison_freed(data, buffer_bytes_);
    const auto index =
        static_cast<std::uint32_t>(static_cast<std::size_t>(data - base_) / buffer_bytes_);
    std::uint32_t head = returned_.load(std::memory_order_relaxed);
    do {
        next_[index] = head;
    } while (!returned_.compare_exchange_weak(head, index, std::memory_order_release,
                                              std::memory_order_relaxed));
    used_count_.fetch_sub(1, std::memory_order_release);
}

}  // namespace kera
