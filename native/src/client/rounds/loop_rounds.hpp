// Who runs the rounds of a loop: its own thread, or a caller that would otherwise wait for that
// thread. So an answer wakes one thread, and a record that is sent wakes none.
// Thread: any, but for what says otherwise. Borrows the work. Invariants: one thread at a time runs
// rounds, with the mutex; one thread at a time sleeps in the parker, without it; the own thread
// runs rounds when nobody else has done so for a while.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.hpp"
#include "client/rounds/loop_load.hpp"
#include "client/rounds/timed_parker.hpp"
#include "client/rounds/waiting_threads.hpp"
#include "ring/idle.hpp"
#include "ring/parker.hpp"

namespace kera {

// What is done in a round; the thread that runs rounds.
class RoundWork {
  public:
    // Returns how much it did.
    virtual int poll() = 0;
    // After a sleep was announced: nothing is to be done, and whatever comes ends the sleep.
    virtual bool may_sleep() = 0;
    virtual std::int64_t next_deadline_ns() const = 0;
    // Whether somebody has use for what arrives, before there is something to do anyway.
    virtual bool awaits_messages() = 0;

  protected:
    ~RoundWork() = default;
};

// How a thread waits.
struct LoopWait {
    // Within a round: without an own thread, waiting would never end.
    bool polling = false;
    // It has left work that nobody was woken for.
    bool handed_over = false;
};

class LoopRounds {
  public:
    struct Options {
        bool own_thread = false;
        // Without an own thread, which decides by itself; 0: that thread never spins.
        std::uint32_t idle_polls_max = 2000;
    };

    // Throws std::system_error where the system has no more descriptors.
    LoopRounds(RoundWork& work, const Clock& clock, const Options& options, int park_fd);
    LoopRounds(const LoopRounds&) = delete;
    LoopRounds& operator=(const LoopRounds&) = delete;

    bool has_own_thread() const noexcept { return options_.own_thread; }
    Parker& parker() noexcept { return *parker_; }
    // Whether rounds are run by the calling thread, or only by it.
    bool on_loop_thread() const noexcept;

    // Rounds call back into programs, which may hold locks: so nobody but the own thread runs them.
    // Whoever leads leaves after its round.
    void keep_to_own_thread() noexcept {
        shared_.store(false, std::memory_order_seq_cst);
        wake();
    }

    // After work was handed over: wakes who sleeps.
    void wake() noexcept {
        if (options_.own_thread) {
            parker_->wake();
            take_over();
        }
    }
    // The same, but the caller does the next rounds itself, which takes less time than waking a
    // thread.
    void help();
    // Waits until `done`, as WaitingThreads::wait() does, and runs rounds meanwhile if nobody else
    // does.
    bool wait_until(std::int64_t deadline_ns, const std::function<bool()>& done, LoopWait how);
    // Sleeps until something happens. Without an own thread; the caller's.
    void park(std::int64_t until_ns);

    void start();
    // The own thread ends, and others run no more rounds. Idempotent.
    void stop_others();
    // Whoever waits, and does not lead, asks again.
    void wake_waiting() { waiting_.wake_all(); }

  private:
    // So long nobody runs rounds after a leader, who will soon wait for more. Giving the loop back
    // to its own thread each time would wake that each time.
    static constexpr std::int64_t kHandBackNs = 100 * kNanosPerMicro;
    // The same where nobody awaits what arrives.
    static constexpr std::int64_t kLateHandBackNs = 4 * kNanosPerMilli;
    // The same after a thread that waits was asked to lead.
    static constexpr std::int64_t kAskedHandBackNs = kNanosPerMilli;
    // A caller that helps has done enough after so many rounds.
    static constexpr int kHelpRoundsMax = 4;

    using Lock = std::unique_lock<std::mutex>;

    void run_own_thread();
    void stand_by(Lock& rounds);
    bool lead(Lock& rounds, std::int64_t deadline_ns, const std::function<bool()>& done);
    void take_lead(Lock& rounds, const std::function<bool()>& done);
    void leave_alone();
    void take_over() noexcept;
    bool help_rounds();
    void may_be_alone(bool rarely);
    bool may_share() const noexcept;
    bool may_lead() const noexcept { return leader_ == nullptr && may_share(); }
    // Nobody but the own thread is to run rounds, unless it must.
    bool busy() const noexcept { return load_.is_high(clock_.now_ns()); }
    bool drive(std::int64_t deadline_ns, const std::function<bool()>& done, bool polling);
    DutyCycle round();
    void turn(Lock& rounds, std::int64_t until_ns);
    void sleep(Lock& rounds, std::int64_t until_ns);

    RoundWork& work_;
    const Clock& clock_;
    const Options options_;
    std::atomic<bool> shared_{true};
    std::atomic<bool> stopping_{false};
    std::atomic<std::thread::id> runner_;
    // Who runs rounds sleeps here.
    const std::unique_ptr<Parker> parker_;
    // The own thread, while it stands by.
    const std::unique_ptr<TimedParker> standby_;
    WaitingThreads waiting_;

    std::mutex rounds_;
    // Written with the mutex: nobody runs rounds or sleeps in the parker before the own thread
    // takes over.
    std::atomic<bool> alone_{false};
    // The own thread is to do so at once.
    std::atomic<bool> taking_over_{false};
    // All with the mutex.
    Idle idle_;
    LoopLoad load_;
    // When the one who sleeps in the parker looks again; the own thread while the loop is alone.
    std::int64_t asleep_until_ns_ = 0;
    // What the thread waits for that runs rounds in place of the own thread.
    const std::function<bool()>* leader_ = nullptr;
    // The own thread is to stand by; it does so.
    bool lent_ = false;
    bool standing_by_ = false;
    std::condition_variable stands_by_;
    // Whoever leads has slept.
    bool slept_ = false;
    // Nobody has run rounds since a leader got what it waited for.
    bool left_by_leader_ = false;

    std::thread own_thread_;
};

}  // namespace kera
