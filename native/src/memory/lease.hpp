// Counts who still looks at a piece of memory, so that it is not freed or reused under them.
// Any thread takes and drops leases. Owned by what it protects, which outlives every lease.
// Invariant: once its owner has withdrawn the memory and then seen idle(), no lease is taken that
// does not see the withdrawal. So: a reader takes its lease first, and only then looks whether the
// memory is still there; the owner marks it as gone first, and only then asks idle().
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

    // True: nobody looks at the memory, and what the last holder read it had read before.
    // Sequentially consistent, against acquire(): of "lease, then look" and "mark, then idle()" in
    // two threads, at least one sees the other. It is also the acquire of drop()'s release.
    bool idle() const noexcept { return count_.load(std::memory_order_seq_cst) == 0; }

    std::int32_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

  private:
    friend class Lease;

    // Release: reads under the lease stay before it, and idle() of the owner comes after.
    void drop() noexcept {
        const std::int32_t before = count_.fetch_sub(1, std::memory_order_release);
        KERA_ASSERT(before > 0, before);
    }

    std::atomic<std::int32_t> count_{0};
};

// One look at the memory; ends with its destruction. Move-only.
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
