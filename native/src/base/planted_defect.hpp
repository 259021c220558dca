// Fixed defects that a test can put back, one by one, to prove that a simulation finds each of
// them. Only tests set one, through plant(); no host, client or file can. One thread, while no core
// runs. Read only in rare events, never on a hot path. Invariant: `none` unless a test has set one.
#pragma once

#include <cstdint>

namespace kera {

enum class PlantedDefect : std::uint8_t {
    none,
    // Retention drops data before its decision is on disk.
    retention_start_not_kept,
    // A change of a stream starts from settings that an earlier change is about to replace.
    alter_from_old_settings,
    // Data from disk is served without verification.
    load_not_verified,
    // Readers get no error when a segment cannot be read back.
    load_failure_silent,
    // Entries of an earlier use count in a journal file that waits to be reused.
    leftover_entries_count,
    // Log files go before the note is stable that nothing in them is needed.
    files_given_up_too_early,
    // A mailbox is filled again without waking its reader.
    refill_without_wake,
    // What a killed process had in memory is given up unread.
    kept_memory_unread,
    // A start that fails gives up what the process before has left.
    kept_memory_lost_at_failed_start,
    // What is written is taken for stable: a failed sync then loses it.
    tail_ends_at_written,
};

void plant(PlantedDefect defect) noexcept;
bool planted(PlantedDefect defect) noexcept;

}  // namespace kera
