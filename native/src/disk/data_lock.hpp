// Keeps a data folder to one process: a lock file that names its owner.
// Any thread; held until the object is destroyed, or the process ends, however it ends.
// Invariant: at most one DataLock is held per folder on a machine.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "base/result.hpp"

namespace kera {

class DataLock {
  public:
    // Fails with `would_block` and the owner's pid as value where another process holds the folder.
    // One that was killed still holds it while its memory is taken down: that is waited for.
    static Result<DataLock> acquire(const std::string& folder);

    DataLock(DataLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    DataLock& operator=(DataLock&& other) noexcept;
    ~DataLock();

  private:
    explicit DataLock(int fd) noexcept : fd_(fd) {}

    int fd_ = -1;
};

}  // namespace kera
