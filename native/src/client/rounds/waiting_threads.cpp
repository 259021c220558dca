// Waiting and being woken. See waiting_threads.hpp.
#include "client/rounds/waiting_threads.hpp"

#include <algorithm>

namespace kera {

WaitingThreads::End WaitingThreads::wait(std::int64_t deadline_ns,
                                         const std::function<bool()>& done,
                                         const std::function<bool()>& unattended) {
    count_.fetch_add(1, std::memory_order_seq_cst);
    if (unattended()) {
        count_.fetch_sub(1, std::memory_order_relaxed);
        return End::lead;
    }
    std::unique_lock lock(mutex_);
    WaitingThread& self = free_entry();
    self.done = &done;
    self.is_done = done();
    self.leads = false;
    while (!self.is_done && !self.leads && !loop_stopped_ && clock_.now_ns() < deadline_ns) {
        const std::chrono::nanoseconds left{deadline_ns - clock_.now_ns()};
        self.woken.wait_for(lock, std::min<std::chrono::nanoseconds>(left, look_again_));
        self.is_done = self.is_done || done();
    }
    const End waited = self.is_done ? End::done : self.leads ? End::lead : End::gave_up;
    self.done = nullptr;
    lock.unlock();
    count_.fetch_sub(1, std::memory_order_relaxed);
    return waited;
}

bool WaitingThreads::ask_to_lead() {
    if (!any()) {
        return false;
    }
    const std::lock_guard lock(mutex_);
    for (WaitingThread& thread : threads_) {
        if (thread.done != nullptr && !thread.is_done) {
            thread.leads = true;
            thread.woken.notify_one();
            return true;
        }
    }
    return false;
}

void WaitingThreads::ask_all() {
    {
        const std::lock_guard lock(mutex_);
        for (WaitingThread& thread : threads_) {
            if (thread.done != nullptr && !thread.is_done && (*thread.done)()) {
                thread.is_done = true;
                done_waiting_.push_back(&thread);
            }
        }
    }
    for (WaitingThread* const thread : done_waiting_) {
        thread->woken.notify_one();
    }
    done_waiting_.clear();
}

void WaitingThreads::wake_all() {
    const std::lock_guard lock(mutex_);
    for (WaitingThread& thread : threads_) {
        thread.woken.notify_one();
    }
}

// REQUIRES: the mutex.
WaitingThreads::WaitingThread& WaitingThreads::free_entry() {
    const auto free = std::find_if(threads_.begin(), threads_.end(),
                                   [](const WaitingThread& one) { return one.done == nullptr; });
    return free == threads_.end() ? threads_.emplace_back() : *free;
}

}  // namespace kera
