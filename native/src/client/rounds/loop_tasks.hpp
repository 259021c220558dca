// Work that other threads have the loop's thread do for them.
// Thread: run() is for any but the loop's, waiting() for any, run_waiting() and end() for the
// loop's. Borrows each task until run() returns, and what runs the loop.
// Invariant: each task runs once, also when the loop ends meanwhile.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <vector>

#include "client/rounds/loop_rounds.hpp"

namespace kera {

class LoopTasks {
  public:
    explicit LoopTasks(LoopRounds& rounds) noexcept : rounds_(rounds) {}

    // Wakes the loop's thread, and returns when it has run the task. What the task throws comes out
    // here.
    void run(const std::function<void()>& task);

    bool waiting() const noexcept { return waiting_.load(std::memory_order_acquire); }
    void run_waiting();
    // The loop's thread ends: what waits is run now, and what comes later by its caller.
    void end();

  private:
    struct Task {
        const std::function<void()>* run;
        std::exception_ptr* thrown;
        bool* done;
    };

    LoopRounds& rounds_;
    std::mutex mutex_;
    // All with the mutex, but for the hint that there are tasks.
    std::vector<Task> tasks_;
    bool ended_ = false;
    std::condition_variable some_done_;
    std::atomic<bool> waiting_{false};
};

}  // namespace kera
