// Clocks are passed in, so that one thread can run a cluster under a virtual clock. SystemClock:
// any thread. ManualClock, CycleClock: the thread that advances it. A clock outlives every
// reference to it. now_ns() never goes back and has no calendar meaning; epoch_ms() is the wall
// clock and may jump.
#pragma once

#include <cstdint>

#include "base/check.hpp"
#include "base/units.hpp"

namespace kera {

class Clock {
  public:
    virtual ~Clock() = default;

    virtual std::int64_t now_ns() const noexcept = 0;
    virtual std::int64_t epoch_ms() const noexcept = 0;

  protected:
    Clock() = default;
    Clock(const Clock&) = default;
    Clock& operator=(const Clock&) = default;
};

class SystemClock final : public Clock {
  public:
    std::int64_t now_ns() const noexcept override;
    std::int64_t epoch_ms() const noexcept override;
};

// Returns the time at which a duty cycle began, so that work on a chunk does not read the clock.
// Borrows the clock.
class CycleClock final : public Clock {
  public:
    explicit CycleClock(const Clock& clock) noexcept : clock_(clock) { begin_cycle(); }

    void begin_cycle() noexcept {
        now_ns_ = clock_.now_ns();
        epoch_known_ = false;
    }

    std::int64_t now_ns() const noexcept override { return now_ns_; }
    // Read at the first use in a cycle, because few cycles need it.
    std::int64_t epoch_ms() const noexcept override {
        if (!epoch_known_) {
            epoch_ms_ = clock_.epoch_ms();
            epoch_known_ = true;
        }
        return epoch_ms_;
    }

  private:
    const Clock& clock_;
    std::int64_t now_ns_ = 0;
    mutable std::int64_t epoch_ms_ = 0;
    mutable bool epoch_known_ = false;
};

class ManualClock final : public Clock {
  public:
    explicit ManualClock(std::int64_t now_ns = 0, std::int64_t epoch_ms = 0) noexcept
        : now_ns_(now_ns), epoch_origin_ns_(epoch_ms * kNanosPerMilli - now_ns) {}

    std::int64_t now_ns() const noexcept override { return now_ns_; }
    std::int64_t epoch_ms() const noexcept override {
        return (epoch_origin_ns_ + now_ns_) / kNanosPerMilli;
    }

    void advance_ns(std::int64_t by_ns) noexcept {
        KERA_ASSERT(by_ns >= 0, by_ns);
        now_ns_ += by_ns;
    }
    void advance_ms(std::int64_t by_ms) noexcept { advance_ns(by_ms * kNanosPerMilli); }

    // Moves only the wall clock, as an administrator or NTP does.
    void set_epoch_ms(std::int64_t epoch_ms) noexcept {
        epoch_origin_ns_ = epoch_ms * kNanosPerMilli - now_ns_;
    }

  private:
    std::int64_t now_ns_;
    std::int64_t epoch_origin_ns_;
};

}  // namespace kera
