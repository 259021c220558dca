// The owner's part of a segment, and its ways between memory and disk. See segment.hpp. publish()
// and close() on the lane's owner; eviction and loading on any thread, one at a time.
#include "storage/segment/segment.hpp"

#include "base/bytes.hpp"

namespace kera {

Segment::Segment(SegmentBlock block, std::int64_t created_ms)
    : block_(std::move(block)),
      data_(block_.data()),
      state_(SegmentState::open),
      capacity_bytes_(static_cast<std::uint32_t>(block_.bytes())),
      created_ms_(created_ms),
      index_(capacity_bytes_) {}

Segment::Segment(const SegmentPlace& place, const SegmentSummary& summary, std::int64_t created_ms,
                 SegmentExtents extents)
    : data_(nullptr),
      head_bytes_(summary.data_bytes),
      state_(SegmentState::evicted),
      capacity_bytes_(summary.data_bytes),
      first_offset_(summary.first_offset.value()),
      end_offset_(summary.end_offset.value()),
      max_timestamp_ms_(summary.max_timestamp_ms),
      record_count_(summary.record_count),
      chunk_count_(summary.chunk_count),
      created_ms_(created_ms),
      place_(place),
      index_(summary.data_bytes),
      extents_(std::move(extents)) {
    for (const IndexEntry& entry : summary.index) {
        index_.note(entry);
    }
}

void Segment::publish(std::uint32_t chunk_bytes, Offset base_offset, std::uint32_t record_count,
                      std::int64_t max_timestamp_ms) noexcept {
    const std::uint32_t position = head_bytes_owned();
    const std::int64_t max_before_ms = max_timestamp_ms_.load(std::memory_order_relaxed);
    index_.note({base_offset, max_before_ms, position});
    if (max_timestamp_ms > max_before_ms) {
        max_timestamp_ms_.store(max_timestamp_ms, std::memory_order_relaxed);
    }
    record_count_.store(record_count_.load(std::memory_order_relaxed) + record_count,
                        std::memory_order_relaxed);
    chunk_count_.store(chunk_count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    end_offset_.store(base_offset.value() + record_count, std::memory_order_release);
    head_bytes_.store(position + chunk_bytes, std::memory_order_release);
    // This comes last: who sees a first offset finds a chunk at position 0.
    if (position == 0) {
        first_offset_.store(base_offset.value(), std::memory_order_release);
    }
}

void Segment::close() noexcept {
    KERA_ASSERT(state_.load(std::memory_order_relaxed) == SegmentState::open);
    state_.store(SegmentState::closed, std::memory_order_release);
}

SegmentSummary Segment::summary() const {
    SegmentSummary summary;
    summary.data_bytes = head_bytes();
    summary.chunk_count = chunk_count();
    summary.record_count = record_count();
    summary.first_offset = first_offset();
    summary.end_offset = end_offset();
    summary.max_timestamp_ms = max_timestamp_ms();
    const std::span<const IndexEntry> entries = index_.entries();
    summary.index.assign(entries.begin(), entries.end());
    return summary;
}

void Segment::stored(const std::shared_ptr<LogFile>& file, std::uint64_t file_at,
                     std::uint32_t position, std::uint32_t bytes) {
    const std::lock_guard guard(extents_mutex_);
    extents_.add(file, file_at, position, bytes);
}

bool Segment::moved(const LogFile& from, std::uint64_t from_at, const std::shared_ptr<LogFile>& to,
                    std::uint64_t to_at, std::uint32_t position, std::uint32_t bytes) {
    const std::lock_guard guard(extents_mutex_);
    return extents_.move(from, from_at, to, to_at, position, bytes);
}

bool Segment::is_at(const LogFile& file, std::uint64_t file_at, std::uint32_t position) const {
    const std::lock_guard guard(extents_mutex_);
    return extents_.is_at(file, file_at, position);
}

SegmentExtents Segment::extents() const {
    const std::lock_guard guard(extents_mutex_);
    return extents_;
}

std::uint32_t Segment::stored_bytes() const {
    const std::lock_guard guard(extents_mutex_);
    return extents_.bytes();
}

void Segment::mark_flushed() noexcept {
    SegmentState expected = SegmentState::closed;
    const bool was_closed =
        state_.compare_exchange_strong(expected, SegmentState::flushed, std::memory_order_acq_rel);
    KERA_ASSERT(was_closed, static_cast<int>(expected));
}

bool Segment::try_evict() noexcept {
    SegmentState before = state_.load(std::memory_order_acquire);
    if (before != SegmentState::flushed && before != SegmentState::loaded) {
        return false;
    }
    if (!state_.compare_exchange_strong(before, SegmentState::evicting,
                                        std::memory_order_acq_rel)) {
        return false;
    }
    const std::byte* data = data_.exchange(nullptr, std::memory_order_seq_cst);
    if (is_leased()) {
        data_.store(data, std::memory_order_seq_cst);
        state_.store(before, std::memory_order_release);
        return false;
    }
    block_.reset();
    state_.store(SegmentState::evicted, std::memory_order_release);
    return true;
}

bool Segment::begin_load() noexcept {
    SegmentState expected = SegmentState::evicted;
    return state_.compare_exchange_strong(expected, SegmentState::loading,
                                          std::memory_order_acq_rel);
}

void Segment::loaded(SegmentBlock block) noexcept {
    KERA_ASSERT(state() == SegmentState::loading, static_cast<int>(state()));
    KERA_ASSERT(block.bytes() >= head_bytes(), block.bytes(), head_bytes());
    block_ = std::move(block);
    data_.store(block_.data(), std::memory_order_seq_cst);
    state_.store(SegmentState::loaded, std::memory_order_release);
}

void Segment::load_failed() noexcept {
    KERA_ASSERT(state() == SegmentState::loading, static_cast<int>(state()));
    state_.store(SegmentState::evicted, std::memory_order_release);
}

}  // namespace kera
