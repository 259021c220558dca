#include "vlog/recovery.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "disk/posix_files.hpp"
#include "vlog/journal_path.hpp"
#include "vlog/journal_scan.hpp"
#include "vlog/journal_settling.hpp"
#include "vlog/node_file_path.hpp"
#include "vlog/recovered_group.hpp"

namespace kera {

namespace {

// A folder whose name is a number, as those of streams, streamlets and reactors are.
template <class Id>
std::optional<Id> parse_folder(const FolderEntry& entry) {
    typename Id::value_type number = 0;
    const char* end = entry.name.data() + entry.name.size();
    const auto [stop, error] = std::from_chars(entry.name.data(), end, number);
    if (!entry.is_folder || error != std::errc() || stop != end || number < 0) {
        return std::nullopt;
    }
    return Id(number);
}

template <class Id>
Result<std::vector<Id>> list_ids(Disk& disk, const std::string& folder) {
    KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries, disk.list(folder));
    std::vector<Id> ids;
    for (const FolderEntry& entry : entries) {
        if (const std::optional<Id> id = parse_folder<Id>(entry)) {
            ids.push_back(*id);
        }
    }
    std::ranges::sort(ids);
    return ids;
}

class Recovery {
  public:
    Recovery(Disk& disk, RecoverySink& sink) : disk_(disk), sink_(sink) {}

    Result<RecoveryResult> run() {
        KERA_TRY(read_producer_ids());
        KERA_TRY_ASSIGN(const std::vector<ReactorId> reactors,
                        list_ids<ReactorId>(disk_, std::string(kJournalFolder)));
        for (const ReactorId reactor : reactors) {
            KERA_TRY(read_journal(reactor));
        }
        KERA_TRY_ASSIGN(const std::vector<StreamId> streams,
                        list_ids<StreamId>(disk_, std::string(kStreamsFolder)));
        for (const StreamId stream : streams) {
            KERA_TRY(recover_stream(stream));
        }
        for (const auto& [key, chunks] : chunks_) {
            result_.chunks_deleted += static_cast<std::int64_t>(chunks.size());
        }
        return std::move(result_);
    }

  private:
    void report(const RecoveryProblem& problem) {
        result_.problems += 1;
        sink_.problem(problem);
    }

    Result<void> read_producer_ids() {
        KERA_TRY_ASSIGN(const std::vector<FolderEntry> files, disk_.list(""));
        const bool exists = std::ranges::any_of(
            files, [](const FolderEntry& file) { return file.name == kProducerIdPath; });
        if (!exists) {
            return {};
        }
        KERA_TRY_ASSIGN(const MappedFile file, disk_.map(std::string(kProducerIdPath)));
        // Handing out an id twice would silently drop a producer's chunks as duplicates: no
        // guessing here.
        KERA_TRY_ASSIGN(const ProducerIdFile ids, ProducerIdFile::decode(file.bytes()));
        result_.next_producer_id = ids.next_id;
        return {};
    }

    Result<void> read_journal(ReactorId reactor) {
        std::vector<FoundJournalFile> found;
        KERA_TRY(read_files(reactor, found));
        const JournalScan scan = scan_journal(found);
        for (const ScannedEntry& entry : scan.entries) {
            take_entry(entry);
        }
        KERA_TRY_ASSIGN(result_.journals[reactor], settle_journal(disk_, reactor, scan));
        return report_journal(reactor, scan);
    }

    void take_entry(const ScannedEntry& entry) {
        result_.bytes_verified += static_cast<std::int64_t>(entry.body.size());
        if (entry.kind != JournalEntryKind::chunk) {
            return;
        }
        result_.chunks_verified += 1;
        const ChunkView chunk(entry.body.data());
        const ChunkInfo info = chunk.info();
        chunks_[{info.stream, info.streamlet}].push_back(chunk);
    }

    Result<void> read_files(ReactorId reactor, std::vector<FoundJournalFile>& found) {
        KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries,
                        disk_.list(journal_folder(reactor)));
        std::vector<std::int64_t> numbers;
        for (const FolderEntry& entry : entries) {
            if (const auto number = parse_journal_file_name(entry.name)) {
                numbers.push_back(*number);
            }
        }
        std::ranges::sort(numbers);
        for (const std::int64_t number : numbers) {
            KERA_TRY_ASSIGN(MappedFile file, disk_.map(journal_file_path(reactor, number)));
            found.push_back({number, file.bytes()});
            mapped_.push_back(std::move(file));
        }
        return {};
    }

    Result<void> report_journal(ReactorId reactor, const JournalScan& scan) {
        for (const ScannedJournalFile& file : scan.files) {
            if (file.begun && file.header_error) {
                report({RecoveryFault::rotten_journal, journal_file_path(reactor, file.number),
                        file.first.value(), 0, *file.header_error});
            }
        }
        for (const JournalGap& gap : scan.rotten) {
            report({RecoveryFault::rotten_journal, journal_file_path(reactor, gap.file_number),
                    gap.first.value(), gap.end - gap.first, gap.error});
        }
        if (scan.torn) {
            report({RecoveryFault::torn_journal, journal_file_path(reactor, scan.torn->file_number),
                    scan.torn->first.value(), 0, scan.torn->error});
        }
        return {};
    }

    Result<void> recover_stream(StreamId stream) {
        const std::string path = stream_file_path(stream);
        KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries, disk_.list(stream_folder(stream)));
        const bool exists = std::ranges::any_of(
            entries, [](const FolderEntry& entry) { return entry.name == kStreamFileName; });
        if (!exists) {
            // A deleted stream loses its file first.
            return disk_.remove_tree_now(stream_folder(stream));
        }
        KERA_TRY_ASSIGN(const MappedFile file, disk_.map(path));
        const Result<StreamFile> decoded = StreamFile::decode(file.bytes());
        if (!decoded.ok() || decoded->stream != stream) {
            const Error error = decoded.ok() ? fail(ErrorCode::corrupt, "stream_id", stream.value(),
                                                    decoded->stream.value())
                                             : decoded.error();
            report({RecoveryFault::rotten_stream, path, 0, 0, error});
            result_.keep_journals = true;
            return {};
        }
        result_.streams += 1;
        KERA_TRY(sink_.stream_found(*decoded));
        for (std::int32_t i = 0; i < decoded->settings.streamlets; ++i) {
            const auto index = static_cast<std::size_t>(i);
            const Offset start =
                index < decoded->starts.size() ? decoded->starts[index] : Offset(0);
            KERA_TRY(recover_streamlet(stream, StreamletId(i), start));
        }
        return {};
    }

    Result<void> recover_streamlet(StreamId stream, StreamletId streamlet, Offset start) {
        std::map<std::pair<LaneId, GroupId>, RecoveredGroup> groups;
        const auto group_of = [&](LaneId lane, GroupId id) -> RecoveredGroup& {
            return groups.try_emplace({lane, id}, stream, streamlet, lane, id).first->second;
        };
        const std::string folder = streamlet_folder(stream, streamlet);
        KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries, disk_.list(folder));
        for (const FolderEntry& entry : entries) {
            if (entry.name.ends_with(kAsideSuffix)) {
                KERA_TRY(disk_.remove_now(folder + "/" + entry.name));
            } else if (const auto place = parse_segment_file_name(stream, streamlet, entry.name)) {
                group_of(place->lane, place->group).add_file(place->segment);
            }
        }
        if (const auto found = chunks_.find({stream, streamlet}); found != chunks_.end()) {
            for (const ChunkView& chunk : found->second) {
                const ChunkPlace place = chunk.place();
                group_of(place.lane, place.group).add_chunk(chunk);
            }
            chunks_.erase(found);
        }
        for (auto& [key, group] : groups) {
            KERA_TRY(group.check(disk_));
            KERA_TRY(group.emit(disk_, start, sink_, result_));
        }
        return {};
    }

    Disk& disk_;
    RecoverySink& sink_;
    RecoveryResult result_;
    // What the chunks below lie in.
    std::vector<MappedFile> mapped_;
    std::map<std::pair<StreamId, StreamletId>, std::vector<ChunkView>> chunks_;
};

}  // namespace

const char* to_string(RecoveryFault fault) noexcept {
    switch (fault) {
        case RecoveryFault::torn_journal:
            return "torn_journal";
        case RecoveryFault::rotten_journal:
            return "rotten_journal";
        case RecoveryFault::rotten_segment:
            return "rotten_segment";
        case RecoveryFault::rotten_stream:
            return "rotten_stream";
        case RecoveryFault::missing_segment:
            return "missing_segment";
        case RecoveryFault::misplaced_file:
            return "misplaced_file";
    }
    return "unknown";
}

Result<RecoveryResult> recover(Disk& disk, RecoverySink& sink) {
    return Recovery(disk, sink).run();
}

}  // namespace kera
