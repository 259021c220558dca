// Decides which operations of a simulated disk fail: by chance, because a test asked for it, or
// because the process has died. Also which writes go wrong unnoticed. One thread; borrows the
// chances and the random numbers. Invariants: the same seed and the same calls give the same
// faults; lost and misdirected writes draw no random number while their chance is 0.
#pragma once

#include <cstdint>
#include <deque>
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
    // Writes that report success, and whose bytes never arrive, or arrive at another place.
    double lost_write = 0;
    double misdirected_write = 0;
    bool throws = false;  // beginning an operation throws, as if the heap were exhausted
};

enum class WriteFault : std::uint8_t { none, lost, misdirected };

struct SimFaultCounts {
    std::uint64_t lost_writes = 0;
    std::uint64_t misdirected_writes = 0;
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
    // The next writes go wrong so, one for each call. REQUIRES: not `none`.
    void spoil_next_write(WriteFault fault) { spoiled_next_.push_back(fault); }
    // After so many more changes every operation fails, as if the process had died there.
    void die_after(std::uint64_t changes) noexcept { changes_left_ = changes; }

    // Fails when the operation is to fail before it does anything.
    Result<void> before(DiskAction action);
    // Fails when a sync is to fail, after it has lost some of the bytes.
    Result<void> in_sync();
    // How a write goes wrong that will report success. The caller counts() what it did of it.
    WriteFault in_write();
    SimFaultCounts& counts() noexcept { return counts_; }

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
    std::deque<WriteFault> spoiled_next_;
    SimFaultCounts counts_;
};

}  // namespace kera
