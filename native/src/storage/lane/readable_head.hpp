// Gives dense offsets to the lanes of a streamlet, and knows up to where it may be read: nothing
// below can still be lost. take() and hold() on the lanes' owners, refresh() and head() on any
// thread; no locks. README.md has the proof. Invariants: each offset is taken once; head() never
// goes back; a chunk below head() is published, and as durable as its level asks.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "base/ids.hpp"
#include "base/units.hpp"

namespace kera {

inline constexpr Offset kNothingInFlight{std::numeric_limits<std::int64_t>::max()};

// The oldest offset of a lane that is not readable yet. Written by the lane's owner.
class InFlight {
  public:
    Offset oldest() const noexcept { return Offset(oldest_.load(std::memory_order_seq_cst)); }
    void hold(Offset oldest) noexcept { oldest_.store(oldest.value(), std::memory_order_seq_cst); }

  private:
    std::atomic<std::int64_t> oldest_{kNothingInFlight.value()};
};

class ReadableHead {
  public:
    // Called by the owner of the lane of `in_flight`: takes `count` offsets. From here on the lane
    // holds the head back, until it calls hold(kNothingInFlight) or holds a later offset.
    Offset take(InFlight& in_flight, std::uint32_t count) noexcept {
        if (in_flight.oldest() == kNothingInFlight) {
            in_flight.hold(next());
        }
        return Offset(next_.fetch_add(count, std::memory_order_seq_cst));
    }

    // The offset that the next record gets.
    Offset next() const noexcept { return Offset(next_.load(std::memory_order_seq_cst)); }
    // As of the last refresh(), by any thread.
    Offset head() const noexcept { return Offset(head_.load(std::memory_order_acquire)); }

    // Reads all lanes and moves the head forward. `each_lane(see)` calls see(const InFlight&) for
    // every lane; it must load the number of lanes only after it was called.
    template <class EachLane>
    Offset refresh(EachLane&& each_lane) noexcept {
        std::int64_t readable = next_.load(std::memory_order_seq_cst);
        each_lane([&readable](const InFlight& lane) {
            readable = std::min(readable, lane.oldest().value());
        });
        std::int64_t head = head_.load(std::memory_order_acquire);
        while (head < readable) {
            if (head_.compare_exchange_weak(head, readable, std::memory_order_acq_rel)) {
                return Offset(readable);
            }
        }
        return Offset(head);
    }

    // For recovery, before any lane appends: everything below `next` is there, or lost for ever.
    void restore(Offset next) noexcept {
        next_.store(next.value(), std::memory_order_seq_cst);
        head_.store(next.value(), std::memory_order_seq_cst);
    }

  private:
    alignas(kCacheLineBytes) std::atomic<std::int64_t> next_{0};
    alignas(kCacheLineBytes) std::atomic<std::int64_t> head_{0};
};

}  // namespace kera
