// Defects that were mended, and can be broken again one by one: so a simulation proves that it
// would find each of them. Set by tests alone, through this function and by nothing that a host, a
// client or a file can reach; one thread, while no core runs. Asked only where things happen
// seldom, never on a hot path. Invariant: `none` unless a test says otherwise.
#pragma once

#include <cstdint>

namespace kera {

enum class PlantedDefect : std::uint8_t {
    none,
    // Retention lets data go before its decision is kept.
    retention_start_not_kept,
    // A change of a stream begins from settings that an earlier one is about to replace.
    alter_from_old_settings,
    // What comes back from disk is served as it is.
    load_not_verified,
    // A segment that does not come back is nobody's error.
    load_failure_silent,
    // A journal file that waits to be used again counts, by what its former life left in it.
    leftover_entries_count,
    // A mailbox is filled again without a word to its reader.
    refill_without_wake,
};

void plant(PlantedDefect defect) noexcept;
bool planted(PlantedDefect defect) noexcept;

}  // namespace kera
