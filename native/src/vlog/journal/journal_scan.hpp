// What the journal files of one reactor hold: entries that are provably whole, and where there are
// none. Any thread; borrows the files' bytes, to which the entries point. Nothing is believed
// before its checksums agree. Invariants: entries are in the order of their positions, none twice;
// each chunk among them has passed both its checksums.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "vlog/journal/position_ranges.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/file/journal_layout.hpp"

namespace kera {

struct ScannedEntry {
    JournalEntryKind kind = JournalEntryKind::chunk;
    Position position;
    Position end;
    Bytes body;
    // Where the body is.
    std::int64_t file_number = 0;
    std::uint64_t file_at = 0;
};

// A chunk whose records are rotten, though its entry says where it belongs.
struct LostChunk {
    StreamId stream;
    StreamletId streamlet;
    ChunkPlace place;
    // See RottenChunk.
    Offset offset_limit;
};

// Positions for which no whole entry was found.
struct JournalGap {
    std::int64_t file_number = 0;
    Position first;
    // Where the next entry or file begins; behind a torn tail, where the log ends.
    Position end;
    Error error;
    // An entry was begun there. Else there are zeros, or leftovers of the file's previous use.
    bool begun = false;
    // The chunks in it that are still known.
    std::vector<LostChunk> lost = {};
};

// One file, as it is on disk.
struct FoundJournalFile {
    // As its name says.
    std::int64_t number = 0;
    Bytes bytes;
    // As its name says: an earlier scan could not read it. It is not read again, but it still
    // counts that it was begun.
    bool is_aside = false;
};

struct ScannedJournalFile {
    std::int64_t number = 0;
    // False for a file that was prepared and never begun.
    bool begun = false;
    Position first;
    Position end;
    // Its length on disk.
    std::uint64_t bytes = 0;
    // What follows `end` does not count: it is torn, or was written again to the next file.
    bool cut_back = false;
    // Its header could not be believed; what is known of it comes from its first entry.
    std::optional<Error> header_error;
    // Neither its header nor its first entry could be believed, but something was written to it. It
    // may be needed, so it is kept under another name. Its entries begin at `first` or later.
    bool set_aside = false;
    // An earlier scan has set it aside.
    bool is_aside = false;
    // It is the last file and blank where its header belongs, like a file that was being begun when
    // the node stopped.
    bool is_torn = false;
};

struct JournalScan {
    std::vector<ScannedEntry> entries;
    std::vector<ScannedJournalFile> files;
    // Gaps in the middle: everything there was stable once, and is lost or was deleted.
    std::vector<JournalGap> rotten;
    // The gap at the end: it was being written when the node stopped. Nothing from there on counts.
    std::optional<JournalGap> torn;
    // How many whole entries were behind the tear, and were dropped with it.
    std::uint64_t dropped_entries = 0;
    // Not needed any more, as was noted durably: their files may be gone.
    PositionRanges freed;
    // Where the log continues.
    Position end;
};

// `files` in the order of their numbers.
JournalScan scan_journal(const std::vector<FoundJournalFile>& files);

}  // namespace kera
