// Decides what a thread does after a duty cycle without work: spin, yield, or sleep (see
// parker.hpp). Belongs to that thread, which passes in the time. Owns nothing. Invariant: a sleep
// that brought no work is followed by the next sleep.
#pragma once

#include <cstdint>

#include "base/units.hpp"

namespace kera {

enum class IdleKind : std::uint8_t {
    spin,     // never yield the processor
    backoff,  // spin while work comes sooner than a sleep would end; else sleep
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
    // What falling asleep and being woken takes, of time and of the wakers' processors. Spinning
    // pays only where work comes sooner than that, and then for twice as long.
    std::int64_t wake_ns = 20 * kNanosPerMicro;
    // Rounds of this spinning before others may have the processor after each one.
    std::int64_t pause_ns = 5 * kNanosPerMicro;
    // After this much work without a pause the thread sleeps at once. A sender of that much does
    // not wait for each answer, and waking a thread costs less than the work did.
    std::int64_t batch_ns = 20 * kNanosPerMicro;
    // A round without work that took so long: more threads want to run than there are processors.
    // Then this one does not spin for a while.
    std::int64_t crowded_ns = 50 * kNanosPerMicro;
    std::int64_t calm_ns = 10 * kNanosPerMilli;
};

class Idle {
  public:
    explicit Idle(IdleKind kind, IdleLimits limits = {}) noexcept
        : kind_(kind), limits_(limits), gap_ns_(kGapMax * limits.wake_ns) {}

    // Call it after each duty cycle. A sleep that ended without work is followed by the next sleep,
    // not by another spin, so that timers alone do not keep a processor busy.
    IdleAction step(const DutyCycle& cycle) noexcept;

    IdleKind kind() const noexcept { return kind_; }

  private:
    // One long pause is no reason to forget that work came often.
    static constexpr std::int64_t kGapMax = 4;  // times wake_ns
    static constexpr std::int64_t kGapsAveraged = 8;

    IdleAction back_off(std::int64_t now_ns) noexcept;
    void learn_gap(std::int64_t gap_ns) noexcept;

    const IdleKind kind_;
    const IdleLimits limits_;
    bool busy_ = true;
    // Of the work that goes on, or of the latest that did.
    std::int64_t work_ns_ = 0;
    std::int64_t idle_since_ns_ = 0;
    std::int64_t round_ended_ns_ = 0;
    // From the end of work to the next work, on average.
    std::int64_t gap_ns_;
    std::int64_t crowded_until_ns_ = 0;
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
