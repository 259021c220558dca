// A thread that carries out the operations of one file use, in order, one at a time.
// submit(): the disk's owner. Everything else happens on the worker's own thread.
// Invariant: what was submitted before the destructor is carried out before it returns.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "disk/disk_completions.hpp"
#include "disk/posix_files.hpp"

namespace kera {

class DiskWorker {
  public:
    // Both references outlive the worker. `name` is the thread's, at most 15 characters.
    // limit_exceeded: the system has no threads left.
    static Result<std::unique_ptr<DiskWorker>> start(const PosixFiles& files,
                                                     DiskCompletions& completions,
                                                     const char* name);
    DiskWorker(const DiskWorker&) = delete;
    DiskWorker& operator=(const DiskWorker&) = delete;
    ~DiskWorker();

    void submit(DiskOperation&& operation);

  private:
    DiskWorker(const PosixFiles& files, DiskCompletions& completions, const char* name);

    void run();
    // An exception fails the operation, as an error of the disk does.
    Result<std::uint64_t> try_to_carry_out(const DiskOperation& operation) noexcept;
    Result<std::uint64_t> carry_out(const DiskOperation& operation);
    Result<std::uint64_t> on_file(const DiskOperation& operation);

    const PosixFiles& files_;
    DiskCompletions& completions_;
    std::vector<bool> dirty_;  // by file descriptor: written since the last sync
    std::mutex mutex_;
    std::condition_variable submitted_;
    std::deque<DiskOperation> queue_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace kera
