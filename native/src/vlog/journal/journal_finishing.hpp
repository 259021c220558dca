// Writes what a killed process had in memory where that process would have written it: behind the
// end of its journal, in a file of its own. After that, recovery finds a journal that its process
// has finished. One thread, blocking, before recovery; may be interrupted anywhere and run again.
// Invariant: what is written follows what is on disk without a gap, and all of that is stable
// first.
#pragma once

#include <cstdint>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "disk/disk.hpp"
#include "vlog/tail/found_tail.hpp"

namespace kera {

// Whose journal it is, and the incarnation for a new file: a number that nobody can foresee.
struct JournalFinisher {
    NodeId node;
    ReactorId reactor;
    std::int64_t now_ms = 0;
    std::uint32_t incarnation = 0;
};

struct FinishedJournal {
    std::int64_t chunks = 0;
    std::int64_t bytes = 0;
};

// corrupt: the tail is not of this journal, or begins behind its end. Then nothing was changed.
Result<FinishedJournal> finish_journal(Disk& disk, const JournalFinisher& finisher,
                                       const FoundTail& tail);

}  // namespace kera
