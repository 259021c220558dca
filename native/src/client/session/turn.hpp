// Whose turn it is with a producer's open chunks: the application's thread or the I/O thread's.
// Any of the two; held for at most the sealing of a chunk. Costs nothing when the caller drives the
// client, since then there is one thread. Invariant: the release store in leave() pairs with the
// acquire exchange in enter().
#pragma once

#include <atomic>
#include <thread>

namespace kera {

class Turn {
  public:
    explicit Turn(bool shared) noexcept : shared_(shared) {}

    bool try_enter() noexcept {
        return !shared_ || !taken_.exchange(true, std::memory_order_acquire);
    }

    void enter() noexcept {
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

    void leave() noexcept {
        if (shared_) {
            taken_.store(false, std::memory_order_release);
        }
    }

    bool shared() const noexcept { return shared_; }

  private:
    static constexpr int kSpinsBeforeYield = 64;

    const bool shared_;
    std::atomic<bool> taken_{false};
};

// Holds the turn for a scope.
class TurnHeld {
  public:
    explicit TurnHeld(Turn& turn) noexcept : turn_(turn) { turn_.enter(); }
    TurnHeld(const TurnHeld&) = delete;
    TurnHeld& operator=(const TurnHeld&) = delete;
    ~TurnHeld() { turn_.leave(); }

  private:
    Turn& turn_;
};

}  // namespace kera
