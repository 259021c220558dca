// A bounded queue of values from one reactor to another; reactors share nothing else on the hot
// path. push(): the producer thread. drain(): the consumer thread. empty(): the consumer; a hint to
// others. Owns what lies in it, and destroys it when both threads have let go. Invariants: what was
// pushed is drained once, in order; neither side ever waits for the other.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/check.hpp"
#include "base/units.hpp"

namespace kera {

template <class T>
class Mailbox {
    static_assert(std::is_nothrow_move_constructible_v<T>);

  public:
    // REQUIRES: capacity is a power of two.
    explicit Mailbox(std::size_t capacity)
        : mask_(capacity - 1), slots_(std::make_unique<Slot[]>(capacity)) {
        KERA_ASSERT(is_power_of_two(capacity), capacity);
    }
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;
    ~Mailbox() {
        const std::size_t tail = tail_.load(std::memory_order_acquire);
        for (std::size_t at = head_.load(std::memory_order_acquire); at != tail; ++at) {
            std::destroy_at(&slots_[at & mask_].value);
        }
    }

    std::size_t capacity() const noexcept { return mask_ + 1; }

    // False when full: the value has not been touched, and the producer keeps it.
    bool push(T&& value) noexcept {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        if (tail - head_seen_ > mask_) {
            // Pairs with the release in drain(): a slot is written again only once its value is
            // gone.
            head_seen_ = head_.load(std::memory_order_acquire);
            if (tail - head_seen_ > mask_) {
                return false;
            }
        }
        std::construct_at(&slots_[tail & mask_].value, std::move(value));
        // Pairs with the acquire in drain(): whoever sees the index sees the value.
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }

    // Hands at most `budget` values to `handle`, which may push to any mailbox but not drain this
    // one. Returns how many.
    template <std::invocable<T&&> Handler>
    int drain(Handler&& handle, int budget) {
        const std::size_t first = head_.load(std::memory_order_relaxed);
        if (tail_seen_ == first) {
            // Pairs with the release in push().
            tail_seen_ = tail_.load(std::memory_order_acquire);
        }
        std::size_t at = first;
        for (int left = budget; left > 0 && at != tail_seen_; --left, ++at) {
            Slot& slot = slots_[at & mask_];
            T value = std::move(slot.value);
            std::destroy_at(&slot.value);
            handle(std::move(value));
        }
        if (at != first) {
            // Pairs with the acquire in push(); once per drain, so that the line moves once.
            head_.store(at, std::memory_order_release);
        }
        return static_cast<int>(at - first);
    }

    // Ordered after whatever fence the caller put before it, as a park needs (see idle.hpp).
    bool empty() const noexcept { return depth() == 0; }

    // Exact for the consumer while nothing is pushed; for a gauge otherwise.
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

    const std::size_t mask_;
    const std::unique_ptr<Slot[]> slots_;

    // The producer's line. The indices only grow; a slot is index & mask_.
    alignas(kCacheLineBytes) std::atomic<std::size_t> tail_{0};
    std::size_t head_seen_ = 0;

    // The consumer's line.
    alignas(kCacheLineBytes) std::atomic<std::size_t> head_{0};
    std::size_t tail_seen_ = 0;
};

}  // namespace kera
