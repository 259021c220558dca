// Threads that wait for something that the loop's thread brings about.
// Thread: wait() is for any but the loop's; tell() belongs to the loop's, wake_all() to any.
// Borrows the clock, the loop's flag that it has stopped, and each question until its wait()
// returns. Invariant: a thread is woken once its question is answered yes, and not for every round.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "base/clock.hpp"

namespace kera {

class WaitingThreads {
  public:
    // A thread looks again after this long even if nobody woke it; bounds what a jumping clock can
    // do.
    static constexpr std::chrono::milliseconds kLookAgain{50};

    WaitingThreads(const Clock& clock, const std::atomic<bool>& loop_stopped,
                   std::chrono::milliseconds look_again = kLookAgain) noexcept
        : clock_(clock), loop_stopped_(loop_stopped), look_again_(look_again) {}

    enum class End : std::uint8_t {
        done,
        gave_up,  // at the deadline, or since the loop has stopped
        lead,     // nobody runs the loop: the caller is to do so
    };

    // Waits until `done`. The loop's thread asks that too, with the mutex: it reads what any thread
    // may read, and what belongs to the caller, who sleeps meanwhile. `unattended` is asked once
    // any() is true: whether nobody runs the loop.
    End wait(
        std::int64_t deadline_ns, const std::function<bool()>& done,
        const std::function<bool()>& unattended = [] { return false; });

    bool any() const noexcept { return count_.load(std::memory_order_relaxed) > 0; }

    // After a round that did something: wakes those who have what they wait for.
    void tell() {
        // Pairs with the count in wait(): either the waiting thread sees what this round did, or
        // this round sees the thread.
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (count_.load(std::memory_order_relaxed) > 0) {
            ask_all();
        }
    }
    // Has one of them run the loop; false: nobody waits.
    bool ask_to_lead();
    // All ask again; after the loop has stopped, nobody waits any longer.
    void wake_all();

  private:
    // A thread that waits. The entry stays when the thread has gone, so that it can be woken
    // without the mutex, which it would run into otherwise. The next thread to use the entry may be
    // woken in its place, and looks again.
    struct WaitingThread {
        const std::function<bool()>* done = nullptr;
        bool is_done = false;
        bool leads = false;
        std::condition_variable woken;
    };

    void ask_all();
    WaitingThread& free_entry();

    const Clock& clock_;
    const std::atomic<bool>& loop_stopped_;
    const std::chrono::milliseconds look_again_;
    std::atomic<int> count_{0};
    std::mutex mutex_;
    // With the mutex.
    std::deque<WaitingThread> threads_;
    // The loop's thread's.
    std::vector<WaitingThread*> done_waiting_;
};

}  // namespace kera
