#include "vlog/journal/journal_folder.hpp"

#include <algorithm>
#include <utility>

#include "vlog/journal/journal_path.hpp"

namespace kera {

Result<JournalFolder> JournalFolder::read(Disk& disk, ReactorId reactor) {
    JournalFolder folder;
    KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries, disk.list(journal_folder(reactor)));
    for (const FolderEntry& entry : entries) {
        if (const auto number = parse_journal_file_name(entry.name)) {
            KERA_TRY_ASSIGN(MappedFile file, disk.map(journal_file_path(reactor, *number)));
            folder.files_.push_back({*number, file.bytes()});
            folder.mapped_.push_back(std::move(file));
        } else if (const auto aside = parse_journal_file_name(entry.name, kJournalAsideEnding)) {
            folder.files_.push_back({*aside, {}, true});
        }
    }
    std::ranges::sort(folder.files_, {}, &FoundJournalFile::number);
    return folder;
}

}  // namespace kera
