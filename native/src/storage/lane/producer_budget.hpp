// Which producers, and how many, all lanes of a node may remember: they take memory outside of the
// arena, and clients can name any number of them. Any thread. Counts entries of lanes' tables.
// Invariant: a known producer is never forgotten for this; new ones are refused, and idle ones are
// forgotten before their expiry.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "base/ids.hpp"

namespace kera {

class ProducerBudget {
  public:
    explicit ProducerBudget(
        std::int64_t producers_max = std::numeric_limits<std::int64_t>::max()) noexcept
        : producers_max_(producers_max) {}
    ProducerBudget(const ProducerBudget&) = delete;
    ProducerBudget& operator=(const ProducerBudget&) = delete;

    // Each reactor may exceed the limit by one between its check and its take.
    void take() noexcept { used_.fetch_add(1, std::memory_order_relaxed); }
    void give(std::int64_t producers) noexcept {
        used_.fetch_sub(producers, std::memory_order_relaxed);
    }
    std::int64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
    std::int64_t producers_max() const noexcept { return producers_max_; }
    bool is_full() const noexcept { return used() >= producers_max_; }
    // Idle producers have to make room.
    bool is_scarce() const noexcept { return used() >= producers_max_ - producers_max_ / 4; }

    // Ids from `end` on were never handed out, so no producer can have one. Called by the first
    // reactor before a client is told any id below `end`; pairs with was_granted().
    void set_ids_end(ProducerId end) noexcept {
        ids_end_.store(end.value(), std::memory_order_release);
    }
    ProducerId ids_end() const noexcept {
        return ProducerId(ids_end_.load(std::memory_order_acquire));
    }
    bool was_granted(ProducerId id) const noexcept { return id < ids_end(); }

    // At start-up: producers whose last append is before `since_ms` are not restored, and those
    // before `recent_ms` only while there is enough room. All others are, however many: they were
    // known when the node stopped.
    void restore_since(std::int64_t since_ms, std::int64_t recent_ms) noexcept {
        since_ms_ = since_ms;
        recent_ms_ = recent_ms;
    }
    bool restores(std::int64_t append_time_ms) const noexcept {
        return append_time_ms >= (is_scarce() ? std::max(recent_ms_, since_ms_) : since_ms_);
    }

  private:
    const std::int64_t producers_max_;
    std::atomic<std::int64_t> used_{0};
    std::atomic<std::int64_t> ids_end_{std::numeric_limits<std::int64_t>::max()};
    std::int64_t since_ms_ = std::numeric_limits<std::int64_t>::min();
    std::int64_t recent_ms_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace kera
