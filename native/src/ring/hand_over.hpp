// A bounded queue by which one thread hands small values to one other, without locks.
// Thread: put() belongs to the giver, take() to the taker, the rest to both; both may be the same
// thread. Owns its slots; values are copied. Invariant: what was put is taken once, in order; the
// release store of an index pairs with the acquire load by the other side.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "base/check.hpp"
#include "base/units.hpp"

namespace kera {

template <class T>
    requires std::is_trivially_copyable_v<T>
class HandOver {
  public:
    // Room for at least `capacity` values.
    explicit HandOver(std::size_t capacity)
        : mask_(room_for(capacity) - 1), slots_(std::make_unique<T[]>(mask_ + 1)) {}

    std::size_t capacity() const noexcept { return mask_ + 1; }

    // False: full.
    bool put(const T& value) noexcept {
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        if (tail - seen_head_ > mask_) {
            seen_head_ = head_.load(std::memory_order_acquire);
            if (tail - seen_head_ > mask_) {
                return false;
            }
        }
        slots_[tail & mask_] = value;
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }

    // False: empty.
    bool take(T& value) noexcept {
        const std::uint64_t head = head_.load(std::memory_order_relaxed);
        if (head == seen_tail_) {
            seen_tail_ = tail_.load(std::memory_order_acquire);
            if (head == seen_tail_) {
                return false;
            }
        }
        value = slots_[head & mask_];
        head_.store(head + 1, std::memory_order_release);
        return true;
    }

    bool empty() const noexcept {
        return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
    }

  private:
    static std::size_t room_for(std::size_t capacity) {
        std::size_t room = 1;
        while (room < capacity) {
            room *= 2;
        }
        return room;
    }

    const std::size_t mask_;
    const std::unique_ptr<T[]> slots_;
    alignas(kCacheLineBytes) std::atomic<std::uint64_t> head_{0};
    std::uint64_t seen_tail_ = 0;
    alignas(kCacheLineBytes) std::atomic<std::uint64_t> tail_{0};
    std::uint64_t seen_head_ = 0;
};

}  // namespace kera
