// What recovery changes in a journal's folder: it removes files that were never begun, cuts off
// what does not count, makes stable what does, and renames files that could not be read. One
// thread, blocking; may be interrupted anywhere and run again with the same result.
#pragma once

#include "disk/disk.hpp"
#include "vlog/journal/journal_options.hpp"
#include "vlog/journal/journal_scan.hpp"

namespace kera {

// Returns where the journal continues. `scan` is the scan of this reactor's files.
Result<JournalStart> settle_journal(Disk& disk, ReactorId reactor, const JournalScan& scan);

}  // namespace kera
