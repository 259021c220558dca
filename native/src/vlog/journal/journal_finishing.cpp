#include "vlog/journal/journal_finishing.hpp"

#include <algorithm>
#include <vector>

#include "vlog/journal/journal_folder.hpp"
#include "vlog/journal/journal_path.hpp"
#include "vlog/journal/journal_settling.hpp"

namespace kera {

namespace {

bool is_same(const ScannedEntry& written, const TailEntry& kept) {
    const bool is_chunk = written.kind == JournalEntryKind::chunk;
    return is_chunk == (kept.kind == JournalEntryKind::chunk) &&
           written.position == kept.position && written.end == kept.end() &&
           (!is_chunk || std::ranges::equal(written.body, kept.chunk));
}

// Whether the tail continues what the files hold. What both have is the same, else it is of another
// journal, or this one has gone on without it. The scan and the tail have their entries in order.
Result<void> check_continues(const JournalScan& scan, const std::vector<TailEntry>& tail) {
    const Position first = tail.front().position;
    if (first > scan.end) {
        return fail(ErrorCode::corrupt, "tail_position", scan.end.value(), first.value());
    }
    auto kept = tail.begin();
    for (const ScannedEntry& written : scan.entries) {
        if (written.end <= first || written.position >= tail.back().end()) {
            continue;
        }
        kept = std::find_if(kept, tail.end(), [&written](const TailEntry& entry) {
            return entry.position >= written.position;
        });
        if (kept == tail.end() || !is_same(written, *kept)) {
            return fail(ErrorCode::corrupt, "tail_entry_position", first.value(),
                        written.position.value());
        }
    }
    return {};
}

class FinishedFile {
  public:
    FinishedFile(const JournalFinisher& finisher, std::int64_t number,
                 const std::vector<TailEntry>& tail)
        : first_(tail.front().position), incarnation_(finisher.incarnation) {
        JournalFileHeader header;
        header.node = finisher.node;
        header.reactor = finisher.reactor;
        header.file_number = number;
        header.first_position = first_;
        header.created_ms = finisher.now_ms;
        header.incarnation = incarnation_;
        content_.reserve(kJournalFileHeaderBytes +
                         static_cast<std::size_t>(tail.back().end() - first_));
        content_.resize(kJournalFileHeaderBytes);
        header.write(content_.data());
    }

    void add(const TailEntry& entry) {
        JournalEntryHeader header;
        header.kind = entry.kind;
        header.body_bytes = entry.body_bytes;
        header.position = entry.position;
        header.incarnation = incarnation_;
        header.durable_position = first_;
        const std::size_t at = content_.size();
        content_.resize(at + kJournalEntryHeaderBytes);
        header.write(content_.data() + at);
        content_.insert(content_.end(), entry.chunk.begin(), entry.chunk.end());
        content_.resize(at + kJournalEntryHeaderBytes + entry.body_bytes);
    }

    Bytes content() const noexcept { return content_; }

  private:
    const Position first_;
    const std::uint32_t incarnation_;
    std::vector<std::byte> content_;
};

}  // namespace

Result<FinishedJournal> finish_journal(Disk& disk, const JournalFinisher& finisher,
                                       const FoundTail& tail) {
    FinishedJournal finished;
    if (tail.entries.empty()) {
        return finished;
    }
    KERA_TRY_ASSIGN(const JournalFolder folder, JournalFolder::read(disk, finisher.reactor));
    const JournalScan scan = scan_journal(folder.files());
    KERA_TRY(check_continues(scan, tail.entries));
    if (scan.end > tail.entries.back().end()) {
        return finished;  // a later process had all of it, and went on
    }
    KERA_TRY_ASSIGN(const JournalStart start, settle_journal(disk, finisher.reactor, scan));
    FinishedFile file(finisher, start.next_file_number, tail.entries);
    for (const TailEntry& entry : tail.entries) {
        file.add(entry);
        finished.chunks += entry.kind == JournalEntryKind::chunk ? 1 : 0;
    }
    finished.bytes = static_cast<std::int64_t>(file.content().size());
    KERA_TRY(disk.replace_now(journal_file_path(finisher.reactor, start.next_file_number),
                              file.content()));
    return finished;
}

}  // namespace kera
