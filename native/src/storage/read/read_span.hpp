// Whole chunks in segment memory, held until the transport has released them. Any thread, one at a
// time; a span is move-only and releases its lease when destroyed, on that thread. Invariant: the
// bytes of a span begin and end at chunk boundaries, and never change.
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

// Used again for each read, so that steady reading allocates nothing.
class SpanList {
  public:
    explicit SpanList(std::size_t spans_max = 64) : spans_max_(spans_max) {
        spans_.reserve(spans_max);
    }

    std::span<ReadSpan> spans() noexcept { return spans_; }
    std::span<const ReadSpan> spans() const noexcept { return spans_; }
    bool empty() const noexcept { return spans_.empty(); }
    bool full() const noexcept { return spans_.size() >= spans_max_; }
    // Releases all leases that were not moved out.
    void clear() noexcept { spans_.clear(); }

    // Extends the last span when the bytes follow it, so that one lane's chunks are sent as one
    // piece.
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
