// A thread that runs one reactor: duty cycles, and between them whatever the idle strategy says.
// Made, started and joined by the core's owner; the reactor belongs to the thread meanwhile.
// Invariant: wake() after work was published ends a sleep, or keeps it from beginning.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "base/clock.hpp"
#include "broker/idle.hpp"
#include "broker/reactor.hpp"

namespace kera {

class ReactorThread {
  public:
    static Result<std::unique_ptr<ReactorThread>> create(Reactor& reactor, const Clock& clock,
                                                         const CoreConfig& config);
    ReactorThread(const ReactorThread&) = delete;
    ReactorThread& operator=(const ReactorThread&) = delete;
    ~ReactorThread() { stop(); }

    void start();
    void stop();
    void wake() noexcept { parker_->wake(); }

  private:
    ReactorThread(Reactor& reactor, const Clock& clock, const CoreConfig& config,
                  std::unique_ptr<Parker> parker) noexcept;

    void run();
    std::int64_t rest(IdleAction action);
    void sleep();
    void pin() const noexcept;

    Reactor& reactor_;
    const Clock& clock_;
    const bool pinned_;
    Idle idle_;
    std::unique_ptr<Parker> parker_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace kera
