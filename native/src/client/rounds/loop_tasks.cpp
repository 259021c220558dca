// Handing over and running. See loop_tasks.hpp.
#include "client/rounds/loop_tasks.hpp"

namespace kera {

void LoopTasks::run(const std::function<void()>& task) {
    bool done = false;
    std::exception_ptr thrown;
    std::unique_lock lock(mutex_);
    if (ended_) {
        // The loop's thread is gone: what belonged to it belongs to whoever holds the mutex.
        task();
        return;
    }
    tasks_.push_back({&task, &thrown, &done});
    waiting_.store(true, std::memory_order_release);
    rounds_.wake();
    some_done_.wait(lock, [&done] { return done; });
    lock.unlock();
    if (thrown != nullptr) {
        std::rethrow_exception(thrown);
    }
}

void LoopTasks::run_waiting() {
    std::vector<Task> tasks;
    {
        const std::lock_guard lock(mutex_);
        tasks.swap(tasks_);
        waiting_.store(false, std::memory_order_release);
    }
    for (const Task& task : tasks) {
        try {
            (*task.run)();
        } catch (...) {
            *task.thrown = std::current_exception();
        }
        const std::lock_guard lock(mutex_);
        *task.done = true;
        some_done_.notify_all();
    }
}

void LoopTasks::end() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    run_waiting();
}

}  // namespace kera
