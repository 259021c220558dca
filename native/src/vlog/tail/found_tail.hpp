// The tails of a process's journals, as the next process finds them. Any thread; entries point into
// the memory that was read. Nothing is believed before it was checked: this memory was written by a
// process that did not end well.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "wire/file/journal_layout.hpp"

namespace kera {

struct TailEntry {
    JournalEntryKind kind = JournalEntryKind::chunk;
    Position position;
    // Of a chunk, which has passed its checksums.
    Bytes chunk;
    std::uint32_t body_bytes = 0;

    Position end() const noexcept;
};

// One reactor's entries, each beginning where the one before ends.
struct FoundTail {
    std::vector<TailEntry> entries;
    // Why the entry after the last one cannot be used, nor any behind it.
    std::optional<Error> error;
};

// By reactor. `tails` and `chunks` are the two pieces of memory.
Result<std::vector<FoundTail>> read_tails(Bytes tails, Bytes chunks);

}  // namespace kera
