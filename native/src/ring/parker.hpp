// Lets a thread sleep until others have work for it, and loses no wake-up. The thread that sleeps
// is the owner; any thread may call wake(), parked() and parked_flag(). Owns its eventfd, not the
// descriptors that it watches; outlives every thread that may wake it. Invariant: work that was
// published before wake() ends the owner's sleep, or is seen by the owner before it sleeps.
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

enum class ParkEnd : std::uint8_t {
    woken,     // by wake(), possibly one meant for an earlier sleep, by a signal, or by a system
               // that has no means to let it sleep
    ready,     // a watched descriptor is readable
    deadline,  // neither
};

// Why no wake-up is lost. Each side writes, passes a fence, and then reads what the other side has
// written. The two fences are ordered, so at least one side sees the other's write:
//
//     owner                                 any other thread
//     announce()  parked := true, fence     publish the work
//     look at every source of work again    wake()  fence, look at parked
//     park(), or stay() if there is work            if true: parked := false, write the eventfd
//
// The eventfd keeps a wake() that comes between the second look and the sleep. A thread that
// publishes without calling, such as Java's, does what wake() does with a full fence of its own and
// parked_flag(), and calls wake() only if the flag is set.
class Parker {
  public:
    // For a park without an end but wake() and the descriptors.
    static constexpr std::int64_t kForEver = INT64_MAX;

    static Result<std::unique_ptr<Parker>> create();
    Parker(const Parker&) = delete;
    Parker& operator=(const Parker&) = delete;

    // A readable descriptor ends a sleep. Negative ones are taken and ignored, as transports in a
    // simulation have them. REQUIRES: open until unwatch() or the Parker's end.
    void watch(int fd);
    void unwatch(int fd) noexcept;

    // From here until park() or stay() a wake() costs its caller a system call, and is kept.
    // REQUIRES of the owner: it now looks at every source of work before it parks.
    void announce() noexcept {
        parked_.store(true, std::memory_order_seq_cst);
        // Pairs with the fence in wake().
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
    // The second look found work.
    void stay() noexcept {
        // seq_cst as in announce(), since parked() is compared with counters of other threads.
        parked_.store(false, std::memory_order_seq_cst);
    }
    // REQUIRES: announce() before.
    ParkEnd park(std::int64_t deadline_ns, std::int64_t now_ns) noexcept;

    // Any thread, after it has published work: a fence and a load unless the owner sleeps.
    void wake() noexcept {
        // Pairs with the fence in announce().
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (parked_.load(std::memory_order_relaxed)) [[unlikely]] {
            end_sleep();
        }
    }

    // Any thread: true only while the owner sleeps or is about to, and nobody has woken it yet.
    bool parked() const noexcept { return parked_.load(std::memory_order_seq_cst); }
    // The same for other languages: not 0 while parked. Lives as long as the Parker.
    const volatile std::uint8_t* parked_flag() const noexcept {
        static_assert(sizeof parked_ == 1);
        return reinterpret_cast<const volatile std::uint8_t*>(&parked_);
    }

  private:
    explicit Parker(FileDescriptor event);
    void end_sleep() noexcept;
    void clear_event() noexcept;

    const FileDescriptor event_;
    std::vector<pollfd> watched_;  // the first one is event_
    // Alone on its line: written by each sleep, read by each wake.
    alignas(kCacheLineBytes) std::atomic<bool> parked_{false};
};

}  // namespace kera
