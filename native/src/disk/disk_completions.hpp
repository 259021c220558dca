// Operations that workers have finished, on their way back to the thread that started them.
// push(): any worker. The rest: the owner. Invariant: each completion is taken once, in the order
// in which they were pushed.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "disk/disk.hpp"

namespace kera {

struct DiskCompletion {
    DiskAction action = DiskAction::sync;
    OpenedFile opened;  // open
    DiskClient* client = nullptr;
    DiskToken token = 0;
    Result<std::uint64_t> done = std::uint64_t{0};
};

class DiskCompletions {
  public:
    // What the owner sleeps on. limit_exceeded: the system has no descriptors left.
    static Result<FileDescriptor> make_event();
    explicit DiskCompletions(FileDescriptor event) noexcept : event_(std::move(event)) {}
    DiskCompletions(const DiskCompletions&) = delete;
    DiskCompletions& operator=(const DiskCompletions&) = delete;

    void push(DiskCompletion&& completion);

    bool empty() const noexcept { return waiting_.load(std::memory_order_acquire) == 0; }
    // Moves what is there into `taken`, which must be empty.
    void take(std::vector<DiskCompletion>& taken);
    void wait();

    int park_fd() const noexcept { return event_.get(); }
    bool prepare_park() noexcept;

  private:
    void end_park() noexcept;

    std::mutex mutex_;
    std::vector<DiskCompletion> done_;
    // Stored under the mutex by push(), loaded without it by the owner's empty().
    std::atomic<std::uint32_t> waiting_{0};
    // Set by the owner before it parks. A worker that finds it set after a push signals the event.
    std::atomic<bool> parked_{false};
    const FileDescriptor event_;
};

}  // namespace kera
