#include "vlog/journal/journal_finishing.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "vlog/journal/journal_folder.hpp"
#include "vlog/journal/journal_path.hpp"
#include "vlog/journal/journal_settling.hpp"

namespace kera {

namespace {

// The entries that are not on disk, when the disk has all before `end`.
Result<std::span<const TailEntry>> entries_behind(const std::vector<TailEntry>& tail,
                                                  Position end) {
    const auto first =
        std::ranges::find_if(tail, [end](const TailEntry& entry) { return entry.end() > end; });
    if (first != tail.end() && first->position != end) {
        return fail(ErrorCode::corrupt, "tail_position", end.value(), first->position.value());
    }
    return std::span<const TailEntry>(first, tail.end());
}

class FinishedFile {
  public:
    FinishedFile(const JournalFinisher& finisher, std::int64_t number, Position first)
        : first_(first), incarnation_(finisher.incarnation) {
        JournalFileHeader header;
        header.node = finisher.node;
        header.reactor = finisher.reactor;
        header.file_number = number;
        header.first_position = first;
        header.created_ms = finisher.now_ms;
        header.incarnation = incarnation_;
        content_.resize(kJournalFileHeaderBytes);
        header.write(content_.data());
    }

    void add(const TailEntry& entry) {
        std::array<std::byte, kJournalCutBytes> cut{};
        Bytes body = entry.chunk;
        if (entry.kind == JournalEntryKind::cut) {
            write_journal_cut(cut.data(), entry.cut);
            body = cut;
        }
        JournalEntryHeader header;
        header.kind = entry.kind;
        header.body_bytes = static_cast<std::uint32_t>(body.size());
        header.position = entry.position;
        header.incarnation = incarnation_;
        header.durable_position = first_;
        const std::size_t at = content_.size();
        content_.resize(at + kJournalEntryHeaderBytes);
        header.write(content_.data() + at);
        content_.insert(content_.end(), body.begin(), body.end());
    }

    Bytes content() const noexcept { return content_; }

  private:
    const Position first_;
    const std::uint32_t incarnation_;
    std::vector<std::byte> content_;
};

// What was written before the process ended is in the files, but perhaps not stable yet. Truncating
// a file to the size that it has makes it so.
Result<void> make_stable(Disk& disk, ReactorId reactor, const JournalScan& scan,
                         const JournalFolder& folder) {
    for (std::size_t at = 0; at < scan.files.size(); ++at) {
        const ScannedJournalFile& file = scan.files[at];
        if (file.begun && !file.set_aside && !file.is_aside && !file.cut_back) {
            KERA_TRY(disk.truncate_now(journal_file_path(reactor, file.number),
                                       folder.files()[at].bytes.size()));
        }
    }
    return {};
}

}  // namespace

Result<FinishedJournal> finish_journal(Disk& disk, const JournalFinisher& finisher,
                                       const FoundTail& tail) {
    FinishedJournal finished;
    if (tail.entries.empty()) {
        return finished;
    }
    KERA_TRY_ASSIGN(const JournalFolder folder, JournalFolder::read(disk, finisher.reactor));
    const JournalScan scan = scan_journal(folder.files());
    KERA_TRY_ASSIGN(const auto entries, entries_behind(tail.entries, scan.end));
    if (entries.empty()) {
        return finished;
    }
    KERA_TRY_ASSIGN(const JournalStart start, settle_journal(disk, finisher.reactor, scan));
    KERA_TRY(make_stable(disk, finisher.reactor, scan, folder));
    FinishedFile file(finisher, start.next_file_number, start.position);
    for (const TailEntry& entry : entries) {
        file.add(entry);
        finished.chunks += entry.kind == JournalEntryKind::chunk ? 1 : 0;
    }
    finished.bytes = static_cast<std::int64_t>(file.content().size());
    KERA_TRY(disk.replace_now(journal_file_path(finisher.reactor, start.next_file_number),
                              file.content()));
    return finished;
}

}  // namespace kera
