// What recovery changes in a journal's folder: files that were never begun go, and so does what
// does not count; what could not be read is kept under another name. One thread, blocking; may be
// interrupted anywhere and run again with the same outcome.
#pragma once

#include "disk/disk.hpp"
#include "vlog/journal_options.hpp"
#include "vlog/journal_scan.hpp"

namespace kera {

// Returns where the journal goes on. `scan` is of this reactor's files.
Result<JournalStart> settle_journal(Disk& disk, ReactorId reactor, const JournalScan& scan);

}  // namespace kera
