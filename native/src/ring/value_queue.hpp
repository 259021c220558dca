// A bounded queue of values from one thread to one other, without locks. push(): the producer.
// pop() and drain(): the consumer. The rest: both; both may be the same thread. Owns the values in
// it, and destroys them when both threads have let go of it. Invariants: each value comes out once,
// in order; neither side ever waits for the other; nothing is allocated after construction.
#pragma once

#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/units.hpp"

namespace kera {

template <class T>
    requires std::is_nothrow_move_constructible_v<T>
class ValueQueue {
  public:
    // Room for at least `capacity` values: as many as the next power of two.
    explicit ValueQueue(std::size_t capacity)
        : mask_(std::bit_ceil(capacity) - 1), slots_(std::make_unique<Slot[]>(mask_ + 1)) {}
    ValueQueue(const ValueQueue&) = delete;
    ValueQueue& operator=(const ValueQueue&) = delete;
    ~ValueQueue() {
        const std::size_t tail = tail_.load(std::memory_order_acquire);
        for (std::size_t at = head_.load(std::memory_order_acquire); at != tail; ++at) {
            std::destroy_at(&slots_[at & mask_].value);
        }
    }

    std::size_t capacity() const noexcept { return mask_ + 1; }

    // False when full: the value has not been touched, and the producer keeps it.
    bool push(T&& value) noexcept { return put(std::move(value)); }
    bool push(const T& value) noexcept
        requires std::is_trivially_copyable_v<T>
    {
        return put(value);
    }

    // The first value. False when there is none: `value` has not been touched.
    bool pop(T& value) noexcept {
        static_assert(std::is_nothrow_move_assignable_v<T>);
        const std::size_t head = head_.load(std::memory_order_relaxed);
        if (!has_value_at(head)) {
            return false;
        }
        T& first = slots_[head & mask_].value;
        value = std::move(first);
        std::destroy_at(&first);
        // Pairs with the acquire in put().
        head_.store(head + 1, std::memory_order_release);
        return true;
    }

    // Hands at most `budget` values to `handle`; returns how many: none only when there are none,
    // fewer than there are when some came lately. `handle` may push to any queue, but not take from
    // this one.
    template <std::invocable<T&&> Handler>
    int drain(Handler&& handle, int budget) {
        const std::size_t first = head_.load(std::memory_order_relaxed);
        static_cast<void>(has_value_at(first));
        std::size_t at = first;
        for (int left = budget; left > 0 && at != tail_seen_; --left, ++at) {
            Slot& slot = slots_[at & mask_];
            T value = std::move(slot.value);
            std::destroy_at(&slot.value);
            handle(std::move(value));
        }
        if (at != first) {
            // Pairs with the acquire in put(); once per drain, so that the line moves once.
            head_.store(at, std::memory_order_release);
        }
        return static_cast<int>(at - first);
    }

    // Exact for the consumer; a hint to others. Ordered after a fence that the caller puts before
    // it, as a consumer needs that goes to sleep (see parker.hpp).
    bool empty() const noexcept { return depth() == 0; }

    // Exact for the consumer while nothing is pushed; otherwise a figure for a gauge.
    std::size_t depth() const noexcept {
        // The head first: it cannot pass a tail that is read later.
        const std::size_t head = head_.load(std::memory_order_acquire);
        return tail_.load(std::memory_order_acquire) - head;
    }

  private:
    // Room for a value that comes and goes; the indices say whether there is one.
    union Slot {
        Slot() noexcept {}
        ~Slot() {}
        T value;
    };

    template <class Value>
    bool put(Value&& value) noexcept {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        if (tail - head_seen_ > mask_) {
            // Pairs with the release in pop() and drain(): a slot is written again only once its
            // value is gone.
            head_seen_ = head_.load(std::memory_order_acquire);
            if (tail - head_seen_ > mask_) {
                return false;
            }
        }
        std::construct_at(&slots_[tail & mask_].value, std::forward<Value>(value));
        // Pairs with the acquire in has_value_at(): who sees the index sees the value.
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }

    // Of the consumer.
    bool has_value_at(std::size_t head) noexcept {
        if (head == tail_seen_) {
            // Pairs with the release in put().
            tail_seen_ = tail_.load(std::memory_order_acquire);
        }
        return head != tail_seen_;
    }

    const std::size_t mask_;
    const std::unique_ptr<Slot[]> slots_;

    // The producer's line. The indices only grow; a value's slot is index & mask_.
    alignas(kCacheLineBytes) std::atomic<std::size_t> tail_{0};
    std::size_t head_seen_ = 0;

    // The consumer's line.
    alignas(kCacheLineBytes) std::atomic<std::size_t> head_{0};
    std::size_t tail_seen_ = 0;
};

}  // namespace kera
