// Decides which operations of a simulated disk fail: by chance, because a test asked for it, or
// because the process has died. One thread; borrows the chances and the random numbers. Invariant:
// the same seed and the same calls give the same faults.
#pragma once

#include <cstdint>
#include <map>

#include "base/random.hpp"
#include "base/result.hpp"
#include "disk/disk.hpp"

namespace kera {

struct SimDiskFaults {
    double read_error = 0;  // probabilities per operation
    double write_error = 0;
    double sync_error = 0;   // of syncs and durable writes: some of the bytes never arrive
    double other_error = 0;  // open, rename, remove, replace, truncate
    bool throws = false;     // beginning an operation throws, as if the heap were exhausted
};

class SimFaults {
  public:
    // `changes_left`: see die_after(); UINT64_MAX: it does not die.
    SimFaults(const SimDiskFaults& chances, Random& random, std::uint64_t changes_left)
        : chances_(chances), random_(random), changes_left_(changes_left) {}
    SimFaults(const SimFaults&) = delete;
    SimFaults& operator=(const SimFaults&) = delete;

    // The next `count` operations of this kind fail so. `sync` means durable writes as well.
    void fail_next(DiskAction action, ErrorCode code, int count);
    // After so many more changes every operation fails, as if the process had died there.
    void die_after(std::uint64_t changes) noexcept { changes_left_ = changes; }

    // Fails when the operation is to fail before it does anything.
    Result<void> before(DiskAction action);
    // Fails when a sync is to fail, after it has lost some of the bytes.
    Result<void> in_sync();

  private:
    struct Forced {
        ErrorCode code;
        int count;
    };

    Result<void> take_forced(DiskAction action);

    const SimDiskFaults& chances_;
    Random& random_;
    std::uint64_t changes_left_;
    std::map<DiskAction, Forced> forced_;
};

}  // namespace kera
