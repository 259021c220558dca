// What a reactor does between duty cycles that found nothing: spin, yield, or sleep until woken.
// Idle and Parker belong to the reactor's thread; wake() and parked() are for any thread. A Parker
// owns its eventfd, not the descriptors it watches, and outlives every thread that may wake it.
// Invariant: work published before wake() is seen by the owner before it sleeps, or ends its sleep.
//
//     owner                                any other thread
//     announce()  flag := true             publish the work
//     look at every source once more       wake()  fence, look at the flag
//     park(), or stay() if there is work           flag was true: flag := false, write the eventfd
#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"
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

enum class ParkEnd : std::uint8_t {
    woken,     // by wake(), possibly one meant for an earlier sleep, by a signal, or by a system
               // that has no means to let it sleep
    ready,     // a watched descriptor is readable
    deadline,  // neither
};

class Parker {
  public:
    // For a park without an end but wake() and the descriptors.
    static constexpr std::int64_t kForEver = INT64_MAX;

    static Result<std::unique_ptr<Parker>> create();
    Parker(const Parker&) = delete;
    Parker& operator=(const Parker&) = delete;

    // Readable ends a sleep. Negative descriptors are taken and ignored, as transports in a
    // simulation have them. REQUIRES: open until unwatch() or the Parker's end.
    void watch(int fd);
    void unwatch(int fd) noexcept;

    // From here until park() or stay() a wake() costs its caller a system call, and is kept.
    // REQUIRES of the owner: it now looks at every source of work before it parks.
    void announce() noexcept;
    // The second look found work.
    void stay() noexcept;
    // REQUIRES: announce() before.
    ParkEnd park(std::int64_t deadline_ns, std::int64_t now_ns) noexcept;

    // Any thread, after it has published work: a fence and a load unless the owner sleeps.
    void wake() noexcept;

    // Any thread: true only while the owner sleeps or is about to, and nobody has woken it yet.
    bool parked() const noexcept { return parked_.load(std::memory_order_seq_cst); }

  private:
    explicit Parker(FileDescriptor event);
    void clear_event() noexcept;

    const FileDescriptor event_;
    std::vector<pollfd> watched_;  // the first one is event_
    // Alone on its line: written by each sleep, read by each wake.
    alignas(kCacheLineBytes) std::atomic<bool> parked_{false};
};

}  // namespace kera
