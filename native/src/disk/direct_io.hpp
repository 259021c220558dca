// Opens files so that they bypass the page cache, where the file system can do that, and otherwise
// as other files. Any thread. Invariant: once `refused`, state() stays so.
#pragma once

#include <fcntl.h>

#include <atomic>

#include "disk/disk.hpp"

namespace kera {

class DirectIo {
  public:
    DirectIo() = default;
    DirectIo(const DirectIo&) = delete;
    DirectIo& operator=(const DirectIo&) = delete;

    // As ::open() does: the descriptor, or -1 and errno. The flag is set afterwards: with O_CREAT,
    // Linux makes the file before it refuses the flag.
    int open(const char* path, int flags, unsigned mode) noexcept {
        const int fd = ::open(path, flags, mode);
        if (fd < 0) {
            return fd;
        }
        const int now = ::fcntl(fd, F_GETFL);
        if (now >= 0 && ::fcntl(fd, F_SETFL, now | O_DIRECT) == 0) {
            DirectFiles expected = DirectFiles::untried;
            state_.compare_exchange_strong(expected, DirectFiles::taken, std::memory_order_relaxed);
        } else {
            state_.store(DirectFiles::refused, std::memory_order_relaxed);
        }
        return fd;
    }

    // After a read or write failed with EINVAL. The caller tries again, once: also when the file is
    // not direct, because another thread may have been here meanwhile.
    void fall_back(int fd) noexcept {
        const int now = ::fcntl(fd, F_GETFL);
        if (now >= 0 && (now & O_DIRECT) != 0 && ::fcntl(fd, F_SETFL, now & ~O_DIRECT) == 0) {
            state_.store(DirectFiles::refused, std::memory_order_relaxed);
        }
    }

    DirectFiles state() const noexcept { return state_.load(std::memory_order_relaxed); }

    static bool is_direct(int fd) noexcept {
        const int now = ::fcntl(fd, F_GETFL);
        return now >= 0 && (now & O_DIRECT) != 0;
    }

  private:
    // Alone: no other store is paired with it.
    std::atomic<DirectFiles> state_{DirectFiles::untried};
};

}  // namespace kera
