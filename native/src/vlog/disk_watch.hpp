// Whether the disk has room for more appends: below a watermark they are refused, until there is
// clearly more again. The reactor only; borrows disk and clock. Reads, deletes and what has been
// begun go on meanwhile. Invariant: between the two watermarks the answer stays as it was.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "disk/disk.hpp"

namespace kera {

struct DiskWatchOptions {
    std::uint64_t free_bytes_min = 512_MiB;
    std::uint64_t free_bytes_again = 640_MiB;
    std::int64_t interval_ns = kNanosPerSecond;
};

class DiskWatch {
  public:
    DiskWatch(const Disk& disk, const Clock& clock, const DiskWatchOptions& options) noexcept
        : disk_(disk), clock_(clock), options_(options) {}

    // disk_full with what is free and what has to be.
    Result<void> check();
    void poll();
    bool full() const noexcept { return full_; }
    std::uint64_t free_bytes() const noexcept { return free_bytes_; }

  private:
    const Disk& disk_;
    const Clock& clock_;
    const DiskWatchOptions options_;
    bool looked_ = false;
    bool full_ = false;
    std::uint64_t free_bytes_ = 0;
    std::int64_t next_look_ns_ = 0;
};

}  // namespace kera
