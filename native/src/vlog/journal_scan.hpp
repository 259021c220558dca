// What the journal files of one reactor hold: entries that are provably whole, and where there are
// none. Any thread; borrows the files' bytes, to which the entries point. Nothing is believed
// before its checksums agree. Invariants: entries are in the order of their positions, none twice;
// each chunk among them passed both its checksums.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/file/journal_layout.hpp"

namespace kera {

struct ScannedEntry {
    JournalEntryKind kind = JournalEntryKind::chunk;
    Position position;
    Position end;
    Bytes body;
};

// A chunk whose entry says where it belongs, and whose records are rotten.
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
    // Of the next entry or file that is there; where the log ends, behind a torn tail.
    Position end;
    Error error;
    // An entry had been begun there; else zeros, or what a file's life before has left.
    bool begun = false;
    // Those in it that can still be told.
    std::vector<LostChunk> lost = {};
};

// One file, as it lies on disk.
struct FoundJournalFile {
    // As its name says.
    std::int64_t number = 0;
    Bytes bytes;
    // As its name says: an earlier scan could not read it, nor does anybody again. That it was
    // begun still counts.
    bool is_aside = false;
};

struct ScannedJournalFile {
    std::int64_t number = 0;
    // False for a file that was prepared and never begun.
    bool begun = false;
    Position first;
    Position end;
    // Behind `end` it holds what does not count: torn, or written again to the next file.
    bool cut_back = false;
    // Its header could not be believed; what is known comes from its first entry.
    std::optional<Error> header_error;
    // Neither its header nor its first entry could be believed, but something was written to it: it
    // may be needed, and is kept under another name. What it holds begins at `first` or later.
    bool set_aside = false;
    // So it was by an earlier scan.
    bool is_aside = false;
    // It is the last one, and blank where its header belongs: as a file looks that was being begun
    // when the node stopped.
    bool is_torn = false;
};

struct JournalScan {
    std::vector<ScannedEntry> entries;
    std::vector<ScannedJournalFile> files;
    // In the middle: everything there was stable once, and is lost or was deleted.
    std::vector<JournalGap> rotten;
    // At the end: it was being written when the node stopped. Nothing from there on counts.
    std::optional<JournalGap> torn;
    // How many whole entries lay behind the tear, and were dropped with it.
    std::uint64_t dropped_entries = 0;
    // Everything before it was noted to be in segment files.
    Position cut;
    // Where the log goes on.
    Position end;
};

// `files` in the order of their numbers.
JournalScan scan_journal(const std::vector<FoundJournalFile>& files);

}  // namespace kera
