// Sleeping, waking, waiting, and the I/O thread of a loop. See loop.hpp.
#include <sched.h>

#include <algorithm>
#include <chrono>

#include "base/check.hpp"
#include "client/session/loop.hpp"

namespace kera {

namespace {

// A waiter looks again after this long even if nobody told it; bounds what a jumping clock can do.
constexpr std::chrono::milliseconds kLookAgain{50};

// Rounds that found nothing before others may have the core for a moment.
constexpr std::uint32_t kPollsWithoutYield = 16;

}  // namespace

void Loop::start() {
    connection_->open();
    if (options_.io_thread) {
        io_thread_ = std::thread([this] { run_io_thread(); });
    }
}

void Loop::stop() {
    if (stopped_.exchange(true)) {
        return;
    }
    if (io_thread_.joinable()) {
        stopping_.store(true, std::memory_order_seq_cst);
        parker_->wake();
        io_thread_.join();
    }
    connection_->close();
    if (!polling_) {
        // What was sent last still leaves, and its memory comes back.
        poll();
    }
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        // Whoever waits for something else than a task waits in vain from now on.
        for (Seat& seat : seats_) {
            seat.woken.notify_one();
        }
    }
    run_tasks();
}

void Loop::run_io_thread() {
    std::uint32_t idle_polls = 0;
    while (!stopping_.load(std::memory_order_acquire)) {
        if (poll() > 0) {
            idle_polls = 0;
        } else if (++idle_polls > options_.idle_polls_max) {
            park(kNoDeadline);
            idle_polls = 0;
        } else if (idle_polls > kPollsWithoutYield) {
            // Whoever has work for us, the application or a broker on this machine, may be waiting
            // for this core.
            sched_yield();
        }
    }
}

bool Loop::has_work() const {
    if (has_tasks_.load(std::memory_order_acquire) || stopping_.load(std::memory_order_acquire)) {
        return true;
    }
    return std::any_of(users_.begin(), users_.end(),
                       [](const SessionUser* user) { return user != nullptr && user->has_work(); });
}

void Loop::park(std::int64_t until_ns) {
    if (transport_->park_fd() < 0) {
        return;
    }
    parker_->announce();
    if (has_work() || !transport_->prepare_park()) {
        parker_->stay();
        return;
    }
    static_assert(kNoDeadline == Parker::kForEver);
    parker_->park(std::min(until_ns, next_deadline_ns()), clock_.now_ns());
}

bool Loop::on_loop_thread() const noexcept {
    return !options_.io_thread || std::this_thread::get_id() == io_thread_.get_id();
}

void Loop::run(const std::function<void()>& task) {
    if (on_loop_thread()) {
        task();
        return;
    }
    bool done = false;
    std::exception_ptr thrown;
    std::unique_lock lock(mutex_);
    if (ended_) {
        // The thread is gone, so its part is anybody's who holds the lock.
        task();
        return;
    }
    tasks_.push_back({&task, &thrown, &done});
    has_tasks_.store(true, std::memory_order_release);
    wake();
    tasks_done_.wait(lock, [&done] { return done; });
    lock.unlock();
    if (thrown != nullptr) {
        std::rethrow_exception(thrown);
    }
}

void Loop::run_tasks() {
    std::vector<Task> tasks;
    {
        const std::lock_guard lock(mutex_);
        tasks.swap(tasks_);
        has_tasks_.store(false, std::memory_order_release);
    }
    for (const Task& task : tasks) {
        try {
            (*task.run)();
        } catch (...) {
            *task.thrown = std::current_exception();
        }
        const std::lock_guard lock(mutex_);
        *task.done = true;
        tasks_done_.notify_all();
    }
}

void Loop::tell_waiters(int work) {
    if (work == 0 || !options_.io_thread) {
        return;
    }
    // Either the waiter sees what this round did, or this round sees the waiter.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (waiters_.load(std::memory_order_relaxed) == 0) {
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        for (Seat& seat : seats_) {
            if (seat.done != nullptr && !seat.is_done && (*seat.done)()) {
                seat.is_done = true;
                done_waiting_.push_back(&seat);
            }
        }
    }
    for (Seat* const seat : done_waiting_) {
        seat->woken.notify_one();
    }
    done_waiting_.clear();
}

// REQUIRES: the mutex.
Loop::Seat& Loop::free_seat() {
    const auto free = std::find_if(seats_.begin(), seats_.end(),
                                   [](const Seat& seat) { return seat.done == nullptr; });
    return free == seats_.end() ? seats_.emplace_back() : *free;
}

bool Loop::wait_until(std::int64_t deadline_ns, const std::function<bool()>& done) {
    if (options_.io_thread && !on_loop_thread()) {
        waiters_.fetch_add(1, std::memory_order_seq_cst);
        std::unique_lock lock(mutex_);
        Seat& seat = free_seat();
        seat.done = &done;
        seat.is_done = done();
        while (!seat.is_done && !stopped_ && clock_.now_ns() < deadline_ns) {
            const std::chrono::nanoseconds left{deadline_ns - clock_.now_ns()};
            seat.woken.wait_for(lock, std::min<std::chrono::nanoseconds>(left, kLookAgain));
            seat.is_done = seat.is_done || done();
        }
        const bool is_done = seat.is_done;
        seat.done = nullptr;
        lock.unlock();
        waiters_.fetch_sub(1, std::memory_order_relaxed);
        return is_done;
    }
    std::uint32_t idle_polls = 0;
    while (!done()) {
        if (polling_ || stopped_ || clock_.now_ns() >= deadline_ns) {
            return false;
        }
        if (poll() > 0) {
            idle_polls = 0;
        } else if (++idle_polls > options_.idle_polls_max) {
            park(deadline_ns);
            idle_polls = 0;
        }
    }
    return true;
}

}  // namespace kera
