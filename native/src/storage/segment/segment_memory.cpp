// Claims memory with eviction, and chooses what to evict. See segment_memory.hpp. Any thread;
// everything below runs under the mutex.
#include "storage/segment/segment_memory.hpp"

#include <algorithm>
#include <tuple>

namespace kera {

namespace {

constexpr std::size_t kBatchBytes = 16U << 20U;

}  // namespace

Result<SegmentBlock> SegmentMemory::claim(std::size_t bytes) {
    Result<SegmentBlock> block = pool_.acquire(bytes);
    if (block.ok()) {
        return block;
    }
    const std::lock_guard guard(mutex_);
    // Eviction frees blocks of other sizes too, so it may take several rounds until this size fits.
    // It evicts whole batches, so that a full node does not walk its list once per segment.
    const std::size_t batch = std::max<std::size_t>(bytes, kBatchBytes);
    while (evict_from(loaded_, bytes) > 0 || evict_from(flushed_, batch) > 0) {
        block = pool_.acquire(bytes);
        if (block.ok()) {
            return block;
        }
    }
    return block;
}

Result<SegmentBlock> SegmentMemory::claim_to_load(std::size_t bytes) {
    const std::lock_guard guard(mutex_);
    if (loaded_bytes_ > 0 && loaded_bytes_ + bytes > loaded_bytes_max_) {
        evict_from(loaded_, loaded_bytes_ + bytes - loaded_bytes_max_);
        if (loaded_bytes_ > 0 && loaded_bytes_ + bytes > loaded_bytes_max_) {
            return fail(ErrorCode::memory_exhausted, "loaded_bytes",
                        static_cast<std::int64_t>(loaded_bytes_max_),
                        static_cast<std::int64_t>(loaded_bytes_ + bytes));
        }
    }
    Result<SegmentBlock> block = pool_.acquire(bytes);
    while (!block.ok() && evict_from(loaded_, bytes) > 0) {
        block = pool_.acquire(bytes);
    }
    // One segment is always allowed: when nothing is appended, no memory would ever be freed.
    while (!block.ok() && loaded_bytes_ == 0 && evict_from(flushed_, bytes) > 0) {
        block = pool_.acquire(bytes);
    }
    return block;
}

std::size_t SegmentMemory::evict(std::size_t bytes) {
    const std::lock_guard guard(mutex_);
    std::size_t freed = evict_from(loaded_, bytes);
    if (freed < bytes) {
        freed += evict_from(flushed_, std::max<std::size_t>(bytes - freed, kBatchBytes));
    }
    return freed;
}

void SegmentMemory::flushed(Segment& segment) {
    const std::lock_guard guard(mutex_);
    segment.mark_flushed();
    flushed_.push_back(&segment);
}

void SegmentMemory::loaded(Segment& segment, SegmentBlock block) {
    const std::lock_guard guard(mutex_);
    loaded_bytes_ += segment.head_bytes();
    loaded_.push_back(&segment);
    note_read(segment);
    segment.loaded(std::move(block));
}

void SegmentMemory::forget(Segment& segment) noexcept {
    const std::lock_guard guard(mutex_);
    std::erase(flushed_, &segment);
    if (std::erase(loaded_, &segment) > 0) {
        loaded_bytes_ -= segment.head_bytes();
    }
}

std::size_t SegmentMemory::loaded_bytes() const noexcept {
    const std::lock_guard guard(mutex_);
    return loaded_bytes_;
}

std::size_t SegmentMemory::evictable_count() const noexcept {
    const std::lock_guard guard(mutex_);
    return flushed_.size() + loaded_.size();
}

std::size_t SegmentMemory::evict_from(std::vector<Segment*>& list, std::size_t bytes) {
    if (bytes == 0 || list.empty()) {
        return 0;
    }
    // Readers step the ticks meanwhile, so the order is that of one moment. Segments of the same
    // age go in the order in which they came: addresses must not decide.
    std::vector<std::tuple<std::uint64_t, std::size_t, Segment*>> by_age;
    by_age.reserve(list.size());
    for (Segment* segment : list) {
        by_age.emplace_back(segment->last_read(), by_age.size(), segment);
    }
    std::ranges::sort(by_age);
    list.clear();
    std::size_t freed = 0;
    for (const auto& [tick, place, segment] : by_age) {
        if (freed < bytes && segment->try_evict()) {
            freed += segment->head_bytes();
        } else {
            list.push_back(segment);
        }
    }
    if (&list == &loaded_) {
        loaded_bytes_ -= freed;
    }
    return freed;
}

}  // namespace kera
