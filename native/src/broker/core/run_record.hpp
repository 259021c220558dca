// How often a node may have lost something: each start that does not follow a clean stop counts.
// Streamlets begin a new term then; see CoreRecovery. One small file, written at the start and at
// the stop, instead of one for each stream. The thread that opens and stops the core. Invariant:
// the file says clean only while no node runs.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "disk/disk.hpp"

namespace kera {

class RunRecord {
  public:
    // Reads the file, and notes that a node runs. `now_ms` is for a file that cannot be read: then
    // more restarts are assumed than there can have been.
    Result<void> begin(Disk& disk, std::int64_t now_ms);
    // Everything is on disk, and nothing more will be appended.
    void end(Disk& disk) const;

    std::int32_t restarts() const noexcept { return restarts_; }

  private:
    void store(Disk& disk, bool clean) const;

    std::int32_t restarts_ = 0;
};

}  // namespace kera
