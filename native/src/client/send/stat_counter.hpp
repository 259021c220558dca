// A counter that one thread writes and any reads. Invariant: the release store of add() pairs with
// the acquire load of get(), so who sees a count sees what was done before it.
#pragma once

#include <atomic>
#include <cstdint>

namespace kera {

class StatCounter {
  public:
    void add(std::uint64_t count) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_release);
    }
    std::uint64_t get() const noexcept { return value_.load(std::memory_order_acquire); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

}  // namespace kera
