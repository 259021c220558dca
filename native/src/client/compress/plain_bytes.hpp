// Memory for decompressed chunks, one after the other. One thread at a time. Owns it. Invariant: it
// grows to what was needed once, and allocates no more after that.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/bytes.hpp"

namespace kera {

class PlainBytes {
  public:
    Bytes bytes() const noexcept { return {memory_.get(), used_}; }
    bool empty() const noexcept { return used_ == 0; }
    std::size_t capacity() const noexcept { return capacity_; }
    void clear() noexcept { used_ = 0; }

    // Room for so much more behind what there is. What bytes() and add() gave before may move.
    MutableBytes add(std::size_t bytes) {
        if (used_ + bytes > capacity_) {
            grow(used_ + bytes);
        }
        const MutableBytes room(memory_.get() + used_, bytes);
        used_ += bytes;
        return room;
    }
    // Takes the room back that was added last.
    void remove_last(std::size_t bytes) noexcept { used_ -= bytes; }

  private:
    void grow(std::size_t bytes) {
        const std::size_t capacity = std::max(bytes, 2 * capacity_);
        auto memory = std::make_unique_for_overwrite<std::byte[]>(capacity);
        copy_bytes(memory.get(), memory_.get(), used_);
        memory_ = std::move(memory);
        capacity_ = capacity;
    }

    std::unique_ptr<std::byte[]> memory_;
    std::size_t used_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace kera
