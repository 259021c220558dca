// Keeps a data folder to one process, by a lock file that names its owner.
// Any thread. The lock is held until the object is destroyed or the process ends, however it ends.
// Invariant: at most one DataLock is held per folder on a machine.
#pragma once

#include <string>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"

namespace kera {

class DataLock {
  public:
    // would_block, with the owner's pid as value: another process holds the folder. A process that
    // was killed holds it until the kernel has freed its memory; this waits for that.
    static Result<DataLock> acquire(const std::string& folder);

  private:
    explicit DataLock(FileDescriptor file) noexcept : file_(std::move(file)) {}

    FileDescriptor file_;
};

}  // namespace kera
