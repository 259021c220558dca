// A hold on a segment: while there is any, neither the segment's object nor its memory is freed.
// Any thread; move-only; released by destruction, on any thread. Invariant: a lease does not
// promise that the bytes are in memory: ask Segment::bytes() after taking it.
#pragma once

#include <utility>

#include "memory/lease.hpp"

namespace kera {

class Segment;

class SegmentLease {
  public:
    SegmentLease() noexcept = default;
    // REQUIRES: the caller may read `segment` now: within its grace period, or under another lease.
    explicit SegmentLease(Segment& segment) noexcept;
    SegmentLease(SegmentLease&& other) noexcept
        : segment_(std::exchange(other.segment_, nullptr)), lease_(std::move(other.lease_)) {}
    SegmentLease& operator=(SegmentLease&& other) noexcept {
        segment_ = std::exchange(other.segment_, nullptr);
        lease_ = std::move(other.lease_);
        return *this;
    }
    ~SegmentLease() = default;

    explicit operator bool() const noexcept { return segment_ != nullptr; }
    Segment* get() const noexcept { return segment_; }
    Segment& operator*() const noexcept { return *segment_; }
    Segment* operator->() const noexcept { return segment_; }
    void reset() noexcept {
        segment_ = nullptr;
        lease_.reset();
    }

  private:
    Segment* segment_ = nullptr;
    Lease lease_;
};

}  // namespace kera
