// A lock between the application's thread and the I/O thread, for std::lock_guard. It is held for
// the sealing of one chunk at most, so a thread that finds it taken spins, then yields.
// Thread: any of the two. Without an I/O thread there is only one thread, and the lock costs
// nothing. Invariant: the release store in unlock() pairs with the acquire exchange in lock().
#pragma once

#include <atomic>
#include <thread>

namespace kera {

class SpinLock {
  public:
    // `shared`: whether there are two threads.
    explicit SpinLock(bool shared) noexcept : shared_(shared) {}

    bool try_lock() noexcept {
        return !shared_ || !taken_.exchange(true, std::memory_order_acquire);
    }

    void lock() noexcept {
        if (!shared_) [[likely]] {
            return;
        }
        int spins = 0;
        while (taken_.exchange(true, std::memory_order_acquire)) {
            if (++spins > kSpinsBeforeYield) {
                std::this_thread::yield();
            }
        }
    }

    void unlock() noexcept {
        if (shared_) {
            taken_.store(false, std::memory_order_release);
        }
    }

  private:
    static constexpr int kSpinsBeforeYield = 64;

    const bool shared_;
    std::atomic<bool> taken_{false};
};

}  // namespace kera
