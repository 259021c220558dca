#include "vlog/journal/journal_settling.hpp"

#include <algorithm>

#include "vlog/journal/journal_path.hpp"

namespace kera {

Result<JournalStart> settle_journal(Disk& disk, ReactorId reactor, const JournalScan& scan) {
    JournalStart start;
    start.position = scan.end;
    start.freed = scan.freed;
    for (const ScannedJournalFile& file : scan.files) {
        const std::string path = journal_file_path(reactor, file.number);
        start.next_file_number = std::max(start.next_file_number, file.number + 1);
        if (file.is_aside) {
            continue;
        }
        if (file.set_aside) {
            KERA_TRY(disk.rename_now(path, journal_aside_path(reactor, file.number)));
            continue;
        }
        if (!file.begun) {
            KERA_TRY(disk.remove_now(path));
            continue;
        }
        const auto entries_bytes = static_cast<std::uint64_t>(file.end - file.first);
        // Also makes stable what a killed process has written and not synced: from here on, all
        // before the log's end counts as that.
        KERA_TRY(disk.truncate_now(
            path, file.cut_back ? kJournalFileHeaderBytes + entries_bytes : file.bytes));
        const bool is_rotten =
            file.header_error || std::ranges::any_of(scan.rotten, [&file](const JournalGap& gap) {
                return gap.file_number == file.number;
            });
        start.recovered.push_back({file.number, file.first, file.end,
                                   file.cut_back ? 0 : file.bytes,
                                   std::make_shared<LogFile>(path, start.emptied)});
        if (is_rotten) {
            start.recovered.back().file->note_damage();
        }
    }
    return start;
}

}  // namespace kera
