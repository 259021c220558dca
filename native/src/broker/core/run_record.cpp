// Reads and writes the run file. The thread that opens and stops the core.
#include "broker/core/run_record.hpp"

#include <algorithm>
#include <string>

#include "base/log.hpp"
#include "base/units.hpp"
#include "wire/file/node_files.hpp"

namespace kera {

namespace {

constexpr std::string_view kRunFilePath = "run.kera";
constexpr std::int64_t kMillisPerMinute = 60'000;

}  // namespace

Result<void> RunRecord::begin(Disk& disk, std::int64_t now_ms) {
    KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries, disk.list(""));
    const bool is_there = std::ranges::any_of(
        entries, [](const FolderEntry& entry) { return entry.name == kRunFilePath; });
    if (is_there) {
        const Result<MappedFile> file = disk.map(std::string(kRunFilePath));
        const Result<RunFile> found =
            file.ok() ? RunFile::decode(file->bytes()) : Result<RunFile>(file.error());
        if (found.ok()) {
            restarts_ = found->restarts + (found->clean ? 0 : 1);
        } else {
            // No node starts more than once a minute for all of its life.
            restarts_ = static_cast<std::int32_t>(
                std::clamp<std::int64_t>(now_ms / kMillisPerMinute, 1, INT32_MAX / 2));
            log(LogLevel::warn, "run_file_not_read",
                {{"path", kRunFilePath}, {"error", found.error()}, {"restarts", restarts_}});
        }
    } else {
        // A new folder, or one from before there were run files.
        restarts_ = 1;
    }
    store(disk, false);
    return {};
}

void RunRecord::end(Disk& disk) const {
    store(disk, true);
}

void RunRecord::store(Disk& disk, bool clean) const {
    const Result<void> stored =
        disk.replace_now(std::string(kRunFilePath), RunFile{restarts_, clean}.encode());
    if (!stored.ok()) {
        log(LogLevel::warn, "run_file_not_stored",
            {{"path", kRunFilePath}, {"clean", clean}, {"error", stored.error()}});
    }
}

}  // namespace kera
