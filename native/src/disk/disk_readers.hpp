// Threads that carry out the reads of files that are open for reading, several at the same time,
// also of one file. submit(): the disk's owner. Invariants: reads begin in the order in which they
// were submitted; a file is closed after the reads before it have ended; what was submitted before
// the destructor is carried out before it returns.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "disk/disk_completions.hpp"
#include "disk/posix_files.hpp"

namespace kera {

class DiskReaders {
  public:
    // Both references outlive the readers. limit_exceeded: the system has no threads left.
    static Result<std::unique_ptr<DiskReaders>> start(const PosixFiles& files,
                                                      DiskCompletions& completions);
    DiskReaders(const DiskReaders&) = delete;
    DiskReaders& operator=(const DiskReaders&) = delete;
    ~DiskReaders();

    // REQUIRES: it reads or closes.
    void submit(const DiskOperation& operation);

  private:
    struct Step {
        DiskAction action = DiskAction::read;
        int fd = -1;
        std::uint64_t offset = 0;
        MutableBytes target;
        DiskClient* client = nullptr;
        DiskToken token = 0;
    };
    struct File {
        std::size_t reads = 0;  // submitted and not ended
        bool closing = false;   // after the last of these reads
    };

    DiskReaders(const PosixFiles& files, DiskCompletions& completions)
        : files_(files), completions_(completions) {}

    void run();
    void read(const Step& step);
    void close(int fd);
    // Whether the file is to be closed now.
    bool was_last_read(int fd);

    const PosixFiles& files_;
    DiskCompletions& completions_;
    std::mutex mutex_;
    std::condition_variable submitted_;
    std::deque<Step> queue_;
    std::vector<File> open_;  // by file descriptor
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace kera
