// A thread that runs one reactor: duty cycles, and between them what the idle strategy decides. The
// core's owner makes, starts and joins it; meanwhile the reactor belongs to the thread. Invariant:
// wake() after work was published ends a sleep, or prevents it.
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
    // REQUIRES: not started. One turn of the loop with the `park` strategy, without blocking: a
    // reactor that is asleep does nothing until it is woken, until its transports or its disk have
    // work, or until its deadline. Returns how much was done.
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
    // For step(): until when it sleeps. None while it is awake.
    std::optional<std::int64_t> asleep_until_ns_;
    std::thread thread_;
};

}  // namespace kera
