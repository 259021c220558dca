// Counts the readers of a piece of memory, so that it is not freed or reused while they read.
// Any thread takes and drops leases. Owned by what it protects, which outlives every lease. A
// reader takes its lease first, then checks that the memory is still valid. The owner marks the
// memory as invalid first, then asks idle(). Invariant: after idle() was true, a reader that takes
// a lease sees that the memory is invalid.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "base/check.hpp"

namespace kera {

class Lease;

class LeaseCount {
  public:
    LeaseCount() noexcept = default;
    LeaseCount(const LeaseCount&) = delete;
    LeaseCount& operator=(const LeaseCount&) = delete;
    ~LeaseCount() { KERA_ASSERT(count_.load(std::memory_order_relaxed) == 0); }

    Lease acquire() noexcept;

    // True: nobody reads the memory, and all reads under earlier leases have ended.
    // Sequentially consistent, like acquire(): when one thread does "lease, then check" and another
    // "mark, then idle()", at least one sees the other. Pairs with the release in drop(), too.
    bool idle() const noexcept { return count_.load(std::memory_order_seq_cst) == 0; }

    std::int32_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

  private:
    friend class Lease;

    // Release, pairs with idle(): reads under the lease come before it.
    void drop() noexcept {
        const std::int32_t before = count_.fetch_sub(1, std::memory_order_release);
        KERA_ASSERT(before > 0, before);
    }

    std::atomic<std::int32_t> count_{0};
};

// The right to read the memory; ends with its destruction. Move-only.
class [[nodiscard]] Lease {
  public:
    Lease() noexcept = default;
    Lease(Lease&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    Lease& operator=(Lease&& other) noexcept {
        if (this != &other) {
            reset();
            count_ = std::exchange(other.count_, nullptr);
        }
        return *this;
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { reset(); }

    bool held() const noexcept { return count_ != nullptr; }
    void reset() noexcept {
        if (count_ != nullptr) {
            std::exchange(count_, nullptr)->drop();
        }
    }

  private:
    friend class LeaseCount;
    explicit Lease(LeaseCount* count) noexcept : count_(count) {}

    LeaseCount* count_ = nullptr;
};

inline Lease LeaseCount::acquire() noexcept {
    count_.fetch_add(1, std::memory_order_seq_cst);
    return Lease(this);
}

}  // namespace kera
