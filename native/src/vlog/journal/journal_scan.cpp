#include "vlog/journal/journal_scan.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/planted_defect.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/chunk/rotten_chunk.hpp"

namespace kera {

namespace {

// Walks from entry to entry through one file. After something that is not an entry, it looks for
// the next one whose header names exactly its own position: nothing else says where that is.
class FileScan {
  public:
    FileScan(const FoundJournalFile& file, const JournalFileHeader& header, JournalScan& scan,
             Position& proof)
        : file_(file),
          first_(header.first_position),
          incarnation_(header.incarnation),
          scan_(scan),
          proof_(proof) {}

    // Returns where the last whole entry ends.
    Position run() {
        Position end = first_;
        std::size_t at = kJournalFileHeaderBytes;
        std::optional<JournalGap> gap;
        while (at < file_.bytes.size()) {
            const Result<ScannedEntry> entry = entry_at(at);
            if (!entry.ok()) {
                if (!gap) {
                    gap =
                        JournalGap{file_.number, position_of(at), {}, entry.error(), is_begun(at)};
                }
                note_lost_chunk(at, gap->lost);
                at = behind_bad_entry(at);
                continue;
            }
            if (gap) {
                gap->end = entry->position;
                scan_.rotten.push_back(*gap);
                gap.reset();
            }
            scan_.entries.push_back(*entry);
            end = entry->end;
            at = offset_of(entry->end);
        }
        tail_ = gap;
        return end;
    }

    // What was found instead of the entry that would follow the last one.
    const std::optional<JournalGap>& tail() const noexcept { return tail_; }

  private:
    Position position_of(std::size_t at) const noexcept {
        return first_ + static_cast<std::int64_t>(at - kJournalFileHeaderBytes);
    }
    std::size_t offset_of(Position position) const noexcept {
        return static_cast<std::size_t>(position - first_) + kJournalFileHeaderBytes;
    }

    Result<JournalEntryHeader> header_at(std::size_t at) const {
        KERA_TRY_ASSIGN(const JournalEntryHeader header,
                        JournalEntryHeader::read(file_.bytes.subspan(at)));
        if (header.position != position_of(at)) {
            return fail(ErrorCode::corrupt, "entry_position", position_of(at).value(),
                        header.position.value());
        }
        if (header.incarnation != incarnation_) {
            return fail(ErrorCode::corrupt, "entry_incarnation", incarnation_, header.incarnation);
        }
        return header;
    }

    // Leftovers and zeros never name this position.
    bool is_begun(std::size_t at) const noexcept {
        if (at + kJournalEntryHeaderBytes > file_.bytes.size()) {
            return false;
        }
        const std::byte* header = file_.bytes.data() + at;
        return load_le<std::uint32_t>(header + kJournalEntryMagicAt) == kJournalEntryMagic &&
               load_le<std::int64_t>(header + kJournalEntryPositionAt) == position_of(at).value();
    }

    Result<ScannedEntry> entry_at(std::size_t at) {
        KERA_TRY_ASSIGN(const JournalEntryHeader header, header_at(at));
        const Bytes rest = file_.bytes.subspan(at + kJournalEntryHeaderBytes);
        if (header.body_bytes > rest.size()) {
            return fail(ErrorCode::malformed, "entry_bytes", static_cast<std::int64_t>(rest.size()),
                        header.body_bytes);
        }
        const Bytes body = rest.first(header.body_bytes);
        if (header.kind == JournalEntryKind::freed) {
            // Each one says all.
            KERA_TRY_ASSIGN(const std::vector<PositionRange> freed, decode_freed(body));
            scan_.freed = PositionRanges(freed);
        } else if (header.kind == JournalEntryKind::chunk) {
            KERA_TRY_ASSIGN(const ChunkInfo info, check_chunk_header(body, body.size()));
            if (info.chunk_bytes != body.size()) {
                return fail(ErrorCode::malformed, "entry_bytes", info.chunk_bytes,
                            header.body_bytes);
            }
            KERA_TRY(check_chunk_crcs(body));
        }
        proof_ = std::max(proof_, header.durable_position);
        return ScannedEntry{header.kind, header.position, header.end_position(),
                            body,        file_.number,    at + kJournalEntryHeaderBytes};
    }

    void note_lost_chunk(std::size_t at, std::vector<LostChunk>& lost) const {
        const Result<JournalEntryHeader> header = header_at(at);
        if (!header.ok() || header->kind != JournalEntryKind::chunk) {
            return;
        }
        const Bytes rest = file_.bytes.subspan(at + kJournalEntryHeaderBytes);
        const Bytes body = rest.first(std::min<std::size_t>(rest.size(), header->body_bytes));
        if (const std::optional<RottenChunk> rotten = read_rotten_chunk(body)) {
            const ChunkInfo info = ChunkView(body.data()).info();
            lost.push_back({info.stream, info.streamlet, rotten->place, rotten->offset_limit});
        }
    }

    // When an entry's header is whole, its body is skipped: a client chose the bytes in it, and
    // they may look like entries.
    std::size_t behind_bad_entry(std::size_t at) const {
        if (const Result<JournalEntryHeader> header = header_at(at); header.ok()) {
            return std::min(offset_of(header->end_position()), file_.bytes.size());
        }
        return find_next(at + kJournalAlignment);
    }

    std::size_t find_next(std::size_t at) const {
        const Bytes bytes = file_.bytes;
        while (at + kJournalEntryHeaderBytes <= bytes.size()) {
            const auto magic = load_le<std::uint32_t>(bytes.data() + at + kJournalEntryMagicAt);
            if (magic == kJournalEntryMagic && header_at(at).ok()) {
                return at;
            }
            at += kJournalAlignment;
        }
        return bytes.size();
    }

    const FoundJournalFile& file_;
    const Position first_;
    const std::uint32_t incarnation_;
    JournalScan& scan_;
    Position& proof_;
    std::optional<JournalGap> tail_;
};

// The header of a file whose own is rotten, guessed from the entry right after it. Only there the
// journal itself wrote what looks like an entry; further on it may be a client's record. The entry
// may be from the file's previous use. Then its position is too low: a file is used again only when
// a later file notes durably that everything in it may go, so its old entries lie before everything
// in that later file, while files that were begun follow each other. The files before `file` were
// scanned; the last of them that was begun begins at `first_before`.
struct HeaderGuess {
    std::optional<JournalFileHeader> header;
    // The entry is there, and is from the file's previous use.
    bool leftover = false;
};

HeaderGuess guess_header(const FoundJournalFile& file, Position first_before) {
    if (file.bytes.size() < kJournalFileHeaderBytes) {
        return {};
    }
    const Result<JournalEntryHeader> entry =
        JournalEntryHeader::read(file.bytes.subspan(kJournalFileHeaderBytes));
    if (!entry.ok()) {
        return {};
    }
    const Position first_now =
        planted(PlantedDefect::leftover_entries_count) ? Position(0) : first_before;
    if (entry->position < first_now) {
        return {std::nullopt, true};
    }
    JournalFileHeader header;
    header.file_number = file.number;
    header.first_position = entry->position;
    header.incarnation = entry->incarnation;
    return {header, false};
}

bool is_blank(Bytes bytes) {
    return std::ranges::all_of(bytes, [](std::byte one) { return one == std::byte(0); });
}

class ReactorScan {
  public:
    JournalScan run(const std::vector<FoundJournalFile>& files) {
        for (const FoundJournalFile& file : files) {
            add(file);
        }
        finish();
        return std::move(scan_);
    }

  private:
    void add(const FoundJournalFile& file) {
        ScannedJournalFile scanned;
        scanned.number = file.number;
        scanned.bytes = file.bytes.size();
        if (file.is_aside) {
            scanned.is_aside = true;
            keep_unread(scanned);
            scan_.files.push_back(scanned);
            return;
        }
        std::optional<JournalFileHeader> header;
        if (Result<JournalFileHeader> read = JournalFileHeader::read(file.bytes); read.ok()) {
            header = *read;
        } else {
            // A file that was prepared and never begun has no header either.
            const HeaderGuess guess = guess_header(file, last_first_);
            header = guess.header;
            scanned.header_error = read.error();
            if (!header && !guess.leftover && !is_blank(file.bytes)) {
                keep_unread(scanned);
                scanned.is_torn = is_blank(file.bytes.first(
                    std::min<std::size_t>(file.bytes.size(), kJournalFileHeaderBytes)));
            }
        }
        // With another number it is the header of the file's previous use.
        if (header && header->file_number == file.number) {
            begin_file(header->first_position);
            scan_file(file, *header, scanned);
        }
        scan_.files.push_back(scanned);
    }

    // Nothing says what the file holds. But it was written to, so it was begun, and everything
    // before it was stable.
    void keep_unread(ScannedJournalFile& scanned) {
        scanned.set_aside = true;
        scanned.first = scan_.end;
        scanned.end = Position(std::numeric_limits<std::int64_t>::max());
        proof_ = std::max(proof_, scan_.end);
    }

    // A file that begins at `first` follows those that could not be read.
    void bound_unread(Position first) {
        for (ScannedJournalFile& file : scan_.files) {
            if (file.set_aside && file.end > first) {
                file.end = first;
                file.is_torn = false;
                // Nothing is missing between the files around it.
                file.set_aside = !any_begun_ || scan_.end < first;
            }
        }
    }

    // A file is begun only when everything before it is stable. So its existence proves that.
    void begin_file(Position first) {
        bound_unread(first);
        proof_ = std::max(proof_, first);
        // After a failed sync, entries that may be lost were written again, to this file.
        std::optional<Position> straddling;
        while (!scan_.entries.empty() && scan_.entries.back().end > first) {
            const Position position = scan_.entries.back().position;
            if (position < first) {
                straddling = position;
            }
            scan_.entries.pop_back();
        }
        while (!scan_.rotten.empty() && scan_.rotten.back().first >= first) {
            scan_.rotten.pop_back();
        }
        if (!scan_.rotten.empty()) {
            scan_.rotten.back().end = std::min(scan_.rotten.back().end, first);
        }
        cut_files_back(first);
        if (straddling) {
            // The journal never leaves a file in the middle of an entry, so one of the two is
            // wrong.
            scan_.rotten.push_back({last_number_, *straddling, first,
                                    fail(ErrorCode::corrupt, "journal_first_position",
                                         straddling->value(), first.value())});
        } else if (any_begun_ && scan_.end < first) {
            const Error error = tail_ ? tail_->error
                                      : fail(ErrorCode::corrupt, "journal_first_position",
                                             scan_.end.value(), first.value());
            const std::int64_t number = tail_ ? tail_->file_number : last_number_;
            scan_.rotten.push_back({number, scan_.end, first, error, false,
                                    tail_ ? tail_->lost : std::vector<LostChunk>()});
        } else if (!any_begun_) {
            first_position_ = first;
        }
        any_begun_ = true;
        scan_.end = first;
        tail_.reset();
    }

    void scan_file(const FoundJournalFile& file, const JournalFileHeader& header,
                   ScannedJournalFile& scanned) {
        FileScan scan(file, header, scan_, proof_);
        scan_.end = scan.run();
        tail_ = scan.tail();
        last_number_ = file.number;
        last_first_ = header.first_position;
        scanned.begun = true;
        scanned.first = header.first_position;
        scanned.end = scan_.end;
    }

    void finish() {
        // The first gap that was not proved to be stable is where writing stopped.
        const auto torn = std::ranges::find_if(
            scan_.rotten, [this](const JournalGap& gap) { return gap.first >= proof_; });
        if (torn != scan_.rotten.end()) {
            cut_at(*torn);
        } else if (tail_ && tail_->begun && ends_unread()) {
            // It was stable, or it was written again in a file that cannot be read: nothing is cut.
            scan_.rotten.push_back(*tail_);
            scan_.rotten.back().end = tail_->first;
        } else if (tail_ && tail_->begun) {
            scan_.torn = tail_;
            scan_.torn->end = scan_.end;
            for (ScannedJournalFile& file : scan_.files) {
                file.cut_back |= file.begun && file.number == tail_->file_number;
            }
        }
        // A header that was not proved to be stable belongs to a tear, not to rot. One that is not
        // needed any more does not matter.
        for (ScannedJournalFile& file : scan_.files) {
            const bool freed = scan_.freed.cover({file.first, file.end});
            file.set_aside = file.set_aside && !freed;
            if (file.set_aside) {
                continue;
            }
            if (proof_ <= file.first || freed) {
                file.header_error.reset();
            }
        }
        // Files may be gone because nothing in them was needed any more.
        if (any_begun_ && !scan_.freed.cover({Position(0), first_position_})) {
            scan_.rotten.insert(
                scan_.rotten.begin(),
                {0, Position(0), first_position_,
                 fail(ErrorCode::corrupt, "journal_files_missing", 0, first_position_.value())});
        }
        const PositionRanges& freed = scan_.freed;
        std::erase_if(scan_.rotten, [&freed](const JournalGap& gap) {
            return gap.first < gap.end && freed.cover({gap.first, gap.end});
        });
        std::erase_if(scan_.entries, [&freed](const ScannedEntry& entry) {
            return freed.cover({entry.position, entry.end});
        });
    }

    bool ends_unread() const noexcept {
        return std::ranges::any_of(scan_.files, [](const ScannedJournalFile& file) {
            return file.set_aside && file.end == Position(std::numeric_limits<std::int64_t>::max());
        });
    }

    void cut_at(const JournalGap& torn) {
        const Position end = torn.first;
        scan_.torn = torn;
        scan_.torn->end = end;
        const auto dropped = std::ranges::find_if(
            scan_.entries, [end](const ScannedEntry& entry) { return entry.end > end; });
        scan_.dropped_entries = static_cast<std::uint64_t>(scan_.entries.end() - dropped);
        scan_.entries.erase(dropped, scan_.entries.end());
        std::erase_if(scan_.rotten, [end](const JournalGap& gap) { return gap.first >= end; });
        cut_files_back(end);
        scan_.end = end;
    }

    void cut_files_back(Position end) {
        for (ScannedJournalFile& file : scan_.files) {
            if (file.begun && file.end > end) {
                file.end = std::max(end, file.first);
                file.cut_back = true;
            }
        }
    }

    JournalScan scan_;
    Position proof_;
    Position first_position_;
    bool any_begun_ = false;
    std::optional<JournalGap> tail_;
    // Of the last file that was begun.
    std::int64_t last_number_ = 0;
    Position last_first_{0};
};

}  // namespace

JournalScan scan_journal(const std::vector<FoundJournalFile>& files) {
    return ReactorScan().run(files);
}

}  // namespace kera
