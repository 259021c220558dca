// A thread that runs one reactor: duty cycles, and between them whatever the idle strategy says.
// Made, started and joined by the core's owner; the reactor belongs to the thread meanwhile.
// Invariant: wake() after work was published ends a sleep, or keeps it from beginning.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "base/clock.hpp"
#include "broker/reactor/reactor.hpp"
#include "ring/idle.hpp"
#include "ring/parker.hpp"

namespace kera {

class ReactorThread {
  public:
    static Result<std::unique_ptr<ReactorThread>> create(Reactor& reactor, const Clock& clock,
                                                         const CoreConfig& config);
    ReactorThread(const ReactorThread&) = delete;
    ReactorThread& operator=(const ReactorThread&) = delete;
    ~ReactorThread() { stop(); }

    // limit_exceeded: the system gives no more threads.
    Result<void> start();
    void stop();
    bool started() const noexcept { return thread_.joinable(); }
    // REQUIRES: not started. One turn of its loop, of the `park` kind, without a sleep that blocks:
    // a reactor that fell asleep is left alone until somebody wakes it, its transports or its disk
    // are ready, or the deadline comes that it had when it fell asleep. Returns how much was done.
    int step();
    void wake() noexcept { parker_->wake(); }

  private:
    ReactorThread(Reactor& reactor, const Clock& clock, const CoreConfig& config,
                  std::unique_ptr<Parker> parker) noexcept;

    void run();
    void turn_until_stopped();
    std::int64_t rest(IdleAction action);
    void sleep();
    bool stays_asleep();
    void pin() const noexcept;

    Reactor& reactor_;
    const Clock& clock_;
    const bool pinned_;
    Idle idle_;
    std::unique_ptr<Parker> parker_;
    std::atomic<bool> stopping_{false};
    // Of step(): until when it sleeps; none while it is awake.
    std::optional<std::int64_t> asleep_until_ns_;
    std::thread thread_;
};

}  // namespace kera
