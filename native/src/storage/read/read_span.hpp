// Whole chunks in segment memory, held until the transport has let go of them.
// Any thread, one at a time; a span is move-only and gives its lease back when destroyed, where
// that happens. Invariant: the bytes of a span start with a chunk header and end with a chunk, and
// never change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "storage/segment/segment_lease.hpp"

namespace kera {

struct ReadSpan {
    const std::byte* data = nullptr;
    std::uint32_t bytes = 0;
    SegmentLease lease;
};

// Reused from read to read, so that steady reading allocates nothing.
class SpanList {
  public:
    explicit SpanList(std::size_t spans_max = 64) : spans_max_(spans_max) {
        spans_.reserve(spans_max);
    }

    std::span<ReadSpan> spans() noexcept { return spans_; }
    std::span<const ReadSpan> spans() const noexcept { return spans_; }
    bool empty() const noexcept { return spans_.empty(); }
    bool full() const noexcept { return spans_.size() >= spans_max_; }
    // Returns all leases that were not moved out.
    void clear() noexcept { spans_.clear(); }

    // Continues the last span when the bytes do, so that one lane's chunks leave as one piece.
    void add(SegmentLease lease, const std::byte* data, std::uint32_t bytes) {
        if (!spans_.empty() && spans_.back().data + spans_.back().bytes == data &&
            spans_.back().lease.get() == lease.get()) {
            spans_.back().bytes += bytes;
            return;
        }
        spans_.push_back({data, bytes, std::move(lease)});
    }

  private:
    std::size_t spans_max_;
    std::vector<ReadSpan> spans_;
};

}  // namespace kera
