// What a thread does between duty cycles that found nothing: spin, yield, or sleep (see
// parker.hpp). One thread's; it only decides, and is handed the time. Invariant: a sleep that
// brought no work is followed by the next sleep.
#pragma once

#include <cstdint>

#include "base/units.hpp"

namespace kera {

enum class IdleKind : std::uint8_t {
    spin,     // never give the core away
    backoff,  // as much of each as pays: near the latency of spinning, idle for nothing
    park,     // sleep as soon as there is nothing to do
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
    // A few hundred microseconds where nobody wants the core: whoever sends ten thousand records a
    // second need not wait for a sleeper each time.
    std::int32_t yields = 200;
    // After so much work without a pause it sleeps at once: whoever sends that much does not wait
    // for each answer, and to wake a sleeper costs less than the work did.
    std::int64_t batch_ns = 20 * kNanosPerMicro;
};

class Idle {
  public:
    explicit Idle(IdleKind kind, IdleLimits limits = {}) noexcept : kind_(kind), limits_(limits) {}

    // After each duty cycle. A sleep that ended without work is followed by the next sleep, not by
    // another spin, so that timers alone do not keep a core warm.
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
