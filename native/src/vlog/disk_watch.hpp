// Whether the disk has room for more appends. Below a watermark they are refused, until there is
// clearly more room again. The reactor only; borrows disk and clock. Reads, deletes and appends
// that have begun continue. Invariant: between the two watermarks the answer does not change.
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

    // disk_full, with the free bytes and the least that has to be free.
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
