// Base offsets of a lane's chunks that become readable when they are on disk, in the order of their
// append. The lane's owner only. It grows to the most that were ever in flight, and keeps that
// room. Invariant: offsets grow from front to back.
#pragma once

#include <cstddef>
#include <vector>

#include "base/check.hpp"
#include "base/ids.hpp"

namespace kera {

class PendingChunks {
  public:
    bool empty() const noexcept { return front_ == back_; }
    std::size_t size() const noexcept { return back_ - front_; }
    // REQUIRES: not empty.
    Offset front() const noexcept { return ring_[front_ & (ring_.size() - 1)]; }

    void push(Offset base_offset) {
        if (size() == ring_.size()) {
            grow();
        }
        ring_[back_++ & (ring_.size() - 1)] = base_offset;
    }

    // Removes all up to and including `base_offset`.
    void pop_through(Offset base_offset) noexcept {
        while (!empty() && front() <= base_offset) {
            ++front_;
        }
    }

  private:
    void grow() {
        std::vector<Offset> wider(ring_.empty() ? 8 : ring_.size() * 2);
        const std::size_t count = size();
        for (std::size_t i = 0; i < count; ++i) {
            wider[i] = ring_[(front_ + i) & (ring_.size() - 1)];
        }
        ring_ = std::move(wider);
        front_ = 0;
        back_ = count;
    }

    std::vector<Offset> ring_;
    std::size_t front_ = 0;
    std::size_t back_ = 0;
};

}  // namespace kera
