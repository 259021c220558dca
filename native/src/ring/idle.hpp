// Decides what a thread does after a duty cycle without work: spin, yield, or sleep (see
// parker.hpp). Belongs to that thread, which passes in the time. Owns nothing. Invariant: a sleep
// that brought no work is followed by the next sleep.
#pragma once

#include <cstdint>

#include "base/units.hpp"

namespace kera {

enum class IdleKind : std::uint8_t {
    spin,     // never yield the processor
    backoff,  // spin, then yield, then sleep: almost the latency of spin, and idle costs nothing
    park,     // sleep as soon as there is no work
};

const char* to_string(IdleKind kind) noexcept;

enum class IdleAction : std::uint8_t { again, pause, yield, park };

// One round of a reactor, and how much it found to do.
struct DutyCycle {
    int work = 0;
    std::int64_t began_ns = 0;
    std::int64_t ended_ns = 0;
};

struct IdleLimits {
    std::int64_t spin_ns = 20 * kNanosPerMicro;
    // They last a few hundred microseconds when no other thread wants the processor. So a sender of
    // ten thousand records a second does not wait for a thread that sleeps.
    std::int32_t yields = 200;
    // After this much work without a pause the thread sleeps at once. A sender of that much does
    // not wait for each answer, and waking a thread costs less than the work did.
    std::int64_t batch_ns = 20 * kNanosPerMicro;
};

class Idle {
  public:
    explicit Idle(IdleKind kind, IdleLimits limits = {}) noexcept : kind_(kind), limits_(limits) {}

    // Call it after each duty cycle. A sleep that ended without work is followed by the next sleep,
    // not by another spin, so that timers alone do not keep a processor busy.
    IdleAction step(const DutyCycle& cycle) noexcept;

    IdleKind kind() const noexcept { return kind_; }

  private:
    IdleAction back_off(std::int64_t now_ns) noexcept;

    const IdleKind kind_;
    const IdleLimits limits_;
    bool busy_ = true;
    // Of the work that goes on, or of the latest that did.
    std::int64_t work_ns_ = 0;
    std::int64_t idle_since_ns_ = 0;
    std::int32_t yields_ = 0;
};

// For IdleAction::pause: lets the sibling thread of the core run while this one spins.
inline void pause_cpu() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield" ::: "memory");
#endif
}

}  // namespace kera
