#include "vlog/recovery/data_format.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "vlog/files/node_file_path.hpp"
#include "vlog/journal/journal_path.hpp"
#include "wire/file/journal_layout.hpp"

namespace kera {

namespace {

constexpr std::int64_t kFormatWithSegmentFiles = 1;
constexpr std::string_view kSegmentFileEnding = ".seg";

Result<bool> holds(Disk& disk, const std::string& folder, std::string_view ending) {
    KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries, disk.list(folder));
    return std::ranges::any_of(
        entries, [ending](const FolderEntry& entry) { return entry.name.ends_with(ending); });
}

// The headers of all files in a journal's folder; the first whose version is another one decides.
Result<void> check_journal(Disk& disk, const std::string& folder) {
    KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries, disk.list(folder));
    for (const FolderEntry& entry : entries) {
        if (!parse_journal_file_name(entry.name)) {
            continue;
        }
        KERA_TRY_ASSIGN(const MappedFile file, disk.map(folder + "/" + entry.name));
        const Result<JournalFileHeader> header = JournalFileHeader::read(file.bytes());
        if (!header.ok() && header.error().code == ErrorCode::unsupported) {
            return fail(ErrorCode::unsupported, "data_format", kDataFormat, header.error().value);
        }
    }
    return {};
}

Result<void> check_segment_files(Disk& disk, const std::string& stream) {
    KERA_TRY_ASSIGN(const std::vector<FolderEntry> streamlets, disk.list(stream));
    for (const FolderEntry& streamlet : streamlets) {
        if (!streamlet.is_folder) {
            continue;
        }
        KERA_TRY_ASSIGN(const bool found,
                        holds(disk, stream + "/" + streamlet.name, kSegmentFileEnding));
        if (found) {
            return fail(ErrorCode::unsupported, "data_format", kDataFormat,
                        kFormatWithSegmentFiles);
        }
    }
    return {};
}

}  // namespace

Result<void> check_data_format(Disk& disk) {
    KERA_TRY_ASSIGN(const std::vector<FolderEntry> reactors,
                    disk.list(std::string(kJournalFolder)));
    for (const FolderEntry& reactor : reactors) {
        if (reactor.is_folder) {
            KERA_TRY(check_journal(disk, std::string(kJournalFolder) + "/" + reactor.name));
        }
    }
    KERA_TRY_ASSIGN(const std::vector<FolderEntry> streams, disk.list(std::string(kStreamsFolder)));
    for (const FolderEntry& stream : streams) {
        if (stream.is_folder) {
            KERA_TRY(check_segment_files(disk, std::string(kStreamsFolder) + "/" + stream.name));
        }
    }
    return {};
}

}  // namespace kera
