// Writes what a killed process had in memory as that process would have written it: from what was
// stable on, in a file of its own. After that, recovery finds a journal that its process has
// finished. One thread, blocking, before recovery; may be interrupted anywhere and run again.
// Invariants: what is written begins where all before it is stable, and is stable on return; it
// differs nowhere from what is on disk already.
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

// corrupt: the tail is not of this journal, begins behind its end, or the journal has gone on
// without it. Then nothing was changed.
Result<FinishedJournal> finish_journal(Disk& disk, const JournalFinisher& finisher,
                                       const FoundTail& tail);

}  // namespace kera
