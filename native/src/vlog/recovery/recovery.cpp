#include "vlog/recovery/recovery.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "disk/posix_files.hpp"
#include "storage/lane/streamlet_settings.hpp"
#include "vlog/files/node_file_path.hpp"
#include "vlog/journal/journal_folder.hpp"
#include "vlog/journal/journal_path.hpp"
#include "vlog/journal/journal_scan.hpp"
#include "vlog/journal/journal_settling.hpp"
#include "vlog/recovery/recovered_group.hpp"
#include "vlog/recovery/settings_files.hpp"
#include "wire/frame/message_limits.hpp"

namespace kera {

namespace {

// The number in a folder's name: folders of streams, streamlets and reactors have one.
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

// Every stream with a folder or a file in the catalog.
Result<std::map<StreamId, CatalogMarks>> list_streams(Disk& disk) {
    std::map<StreamId, CatalogMarks> known;
    KERA_TRY_ASSIGN(const std::vector<StreamId> folders,
                    list_ids<StreamId>(disk, std::string(kStreamsFolder)));
    for (const StreamId stream : folders) {
        known[stream];
    }
    KERA_TRY_ASSIGN(const auto marks, list_catalog(disk));
    for (const auto& [stream, one] : marks) {
        known[stream] = one;
    }
    return known;
}

using Groups = std::map<std::pair<LaneId, GroupId>, RecoveredGroup>;

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
        KERA_TRY_ASSIGN(const auto streams, list_streams(disk_));
        for (const auto& [stream, marks] : streams) {
            KERA_TRY(recover_stream(stream, marks));
        }
        // Nothing says that they were deleted.
        while (!chunks_.empty()) {
            KERA_TRY(recover_stream(chunks_.begin()->first.first, CatalogMarks()));
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
        const Result<MappedFile> file = disk_.map(std::string(kProducerIdPath));
        const Result<ProducerIdFile> ids = file.ok() ? ProducerIdFile::decode(file->bytes())
                                                     : Result<ProducerIdFile>(file.error());
        if (ids.ok()) {
            result_.next_producer_id = ids->next_id;
            return {};
        }
        // If an id were handed out twice, a producer's chunks would be dropped as duplicates. So
        // new ids have to begin far beyond all that were found.
        result_.producer_ids_rotten = true;
        const std::string aside = std::string(kProducerIdPath) + std::string(kSetAsideEnding);
        report({RecoveryFault::rotten_producer_ids, aside, 0, 0, ids.error()});
        return change(disk_.rename_now(std::string(kProducerIdPath), aside));
    }

    Result<void> read_journal(ReactorId reactor) {
        KERA_TRY_ASSIGN(JournalFolder folder, JournalFolder::read(disk_, reactor));
        const JournalScan scan = scan_journal(folder.files());
        folders_.push_back(std::move(folder));
        KERA_TRY_ASSIGN(JournalStart start, settle_journal(disk_, reactor, scan));
        std::map<std::int64_t, std::shared_ptr<LogFile>> files;
        for (const JournalFileRange& range : start.recovered) {
            files[range.number] = range.file;
        }
        for (const ScannedEntry& entry : scan.entries) {
            take_entry(entry, files.at(entry.file_number));
        }
        for (const JournalGap& gap : scan.rotten) {
            for (const LostChunk& chunk : gap.lost) {
                lost_chunks_[{chunk.stream, chunk.streamlet}].push_back(chunk);
            }
        }
        result_.journals[reactor] = std::move(start);
        return report_journal(reactor, scan);
    }

    void take_entry(const ScannedEntry& entry, const std::shared_ptr<LogFile>& file) {
        result_.bytes_verified += static_cast<std::int64_t>(entry.body.size());
        if (entry.kind != JournalEntryKind::chunk) {
            return;
        }
        result_.chunks_verified += 1;
        const ChunkView chunk(entry.body.data());
        const ChunkInfo info = chunk.info();
        result_.highest_producer_id = std::max(result_.highest_producer_id, info.producer);
        chunks_[{info.stream, info.streamlet}].push_back({chunk, file, entry.file_at});
    }

    Result<void> report_journal(ReactorId reactor, const JournalScan& scan) {
        for (const ScannedJournalFile& file : scan.files) {
            if (file.set_aside && file.header_error) {
                report({file.is_torn ? RecoveryFault::torn_journal : RecoveryFault::unread_journal,
                        journal_aside_path(reactor, file.number), file.first.value(), 0,
                        *file.header_error});
            } else if (file.begun && file.header_error) {
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

    Result<void> recover_stream(StreamId stream, const CatalogMarks& marks) {
        if (marks.deleted) {
            const bool has_chunks = !chunks_of(stream).empty();
            KERA_TRY(SettingsFiles::finish_deletion(disk_, stream, has_chunks));
            if (has_chunks) {
                sink_.stream_deleted(stream);
            }
            count_deleted(stream);
            return {};
        }
        SettingsFiles files(disk_, stream, marks);
        Result<void> done = files.read();
        if (done.ok() && files.is_leftover() && chunks_of(stream).empty()) {
            return change(disk_.remove_tree_now(stream_folder(stream)));
        }
        if (done.ok()) {
            done = assemble(stream, files);
        }
        if (done.ok()) {
            result_.streams += 1;
            forget_chunks(stream);
            return {};
        }
        if (disk_unusable_) {
            return done.error();
        }
        KERA_TRY(disk_.list(std::string(kStreamsFolder)));
        set_aside(stream, files, done.error());
        return {};
    }

    void count_deleted(StreamId stream) {
        for (const StreamletId streamlet : chunks_of(stream)) {
            result_.chunks_deleted +=
                static_cast<std::int64_t>(chunks_.at({stream, streamlet}).size());
        }
        forget_chunks(stream);
    }

    Result<void> assemble(StreamId stream, SettingsFiles& files) {
        KERA_TRY_ASSIGN(StreamFile file, files.settings());
        if (const std::optional<SettingsFiles::Fault>& fault = files.fault()) {
            report({RecoveryFault::rotten_stream, fault->path, 0, 0, fault->error});
        }
        if (file.settings.streamlets < 1 || file.settings.streamlets > kStreamletsMax) {
            return fail(ErrorCode::corrupt, "streamlets", kStreamletsMax, file.settings.streamlets);
        }
        std::vector<Groups> streamlets(static_cast<std::size_t>(file.settings.streamlets));
        for (std::int32_t i = 0; i < file.settings.streamlets; ++i) {
            Groups& groups = streamlets[static_cast<std::size_t>(i)];
            KERA_TRY(remove_asides(streamlet_folder(stream, StreamletId(i))));
            collect(stream, StreamletId(i), groups);
            if (!groups.empty()) {
                // A lane that has data exists, whatever the settings say.
                const auto last = static_cast<std::uint16_t>(groups.rbegin()->first.first.value());
                file.settings.lanes =
                    std::max(file.settings.lanes, static_cast<std::uint16_t>(last + 1));
            }
        }
        const std::vector<StreamletId> in_journals = chunks_of(stream);
        if (!in_journals.empty() && in_journals.back().value() >= file.settings.streamlets) {
            return fail(ErrorCode::corrupt, "journal_streamlet_id", file.settings.streamlets - 1,
                        in_journals.back().value());
        }
        KERA_TRY(sink_.stream_found(file));
        for (std::size_t i = 0; i < streamlets.size(); ++i) {
            const Offset start = i < file.starts.size() ? file.starts[i] : Offset(0);
            Groups groups = std::exchange(streamlets[i], {});
            for (auto& [key, group] : groups) {
                group.settle();
                if (group.lacks_last_offsets() && group.given_end() > start) {
                    keep_end(files, file, i, group.given_end());
                }
                KERA_TRY(group.emit(start, sink_, result_));
            }
        }
        if (const Result<void> settled = files.store_recovered(file); !settled.ok()) {
            // One copy is enough for the next start, which tries again.
            log(LogLevel::warn, "stream_settings_not_mended",
                {{"stream", stream}, {"error", settled.error()}});
        }
        return {};
    }

    // Done before the files that say so are written again.
    void keep_end(SettingsFiles& files, StreamFile& file, std::size_t streamlet, Offset end) {
        sink_.offsets_given(file.stream, StreamletId(static_cast<std::int32_t>(streamlet)), end);
        file.ends.resize(static_cast<std::size_t>(file.settings.streamlets), Offset(0));
        if (file.ends[streamlet] < end) {
            file.ends[streamlet] = end;
            if (const Result<void> stored = files.store(file); !stored.ok()) {
                log(LogLevel::warn, "stream_settings_not_stored",
                    {{"stream", file.stream}, {"error", stored.error()}});
            }
        }
    }

    // What was being written when the node stopped.
    Result<void> remove_asides(const std::string& folder) {
        KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries, disk_.list(folder));
        for (const FolderEntry& entry : entries) {
            if (entry.name.ends_with(kAsideSuffix)) {
                KERA_TRY(change(disk_.remove_now(folder + "/" + entry.name)));
            }
        }
        return {};
    }

    // Collects what journals have of a streamlet.
    void collect(StreamId stream, StreamletId streamlet, Groups& groups) {
        const auto group_of = [&](LaneId lane, GroupId id) -> RecoveredGroup& {
            return groups.try_emplace({lane, id}, stream, streamlet, lane, id).first->second;
        };
        if (const auto found = chunks_.find({stream, streamlet}); found != chunks_.end()) {
            for (const FoundChunk& one : found->second) {
                const ChunkPlace place = one.chunk.place();
                group_of(place.lane, place.group).add_chunk(one);
            }
        }
        if (const auto lost = lost_chunks_.find({stream, streamlet}); lost != lost_chunks_.end()) {
            for (const LostChunk& chunk : lost->second) {
                if (chunk.place.lane.value() < kLanesMax) {
                    group_of(chunk.place.lane, chunk.place.group).add_lost(chunk);
                }
            }
        }
    }

    void set_aside(StreamId stream, SettingsFiles& files, const Error& why) {
        result_.streams_set_aside += 1;
        result_.problems += 1;
        if (const Result<void> noted = files.note_set_aside(why); !noted.ok()) {
            log(LogLevel::error, "stream_set_aside_not_noted",
                {{"stream", stream}, {"error", noted.error()}});
        }
        std::vector<SegmentExtents> kept;
        for (const StreamletId streamlet : chunks_of(stream)) {
            Groups groups;
            collect(stream, streamlet, groups);
            for (auto& [key, group] : groups) {
                group.settle();
                group.keep(kept);
            }
        }
        sink_.stream_set_aside({stream, files.name(), why, std::move(kept)});
        forget_chunks(stream);
    }

    // The streamlets that have chunks in journals.
    std::vector<StreamletId> chunks_of(StreamId stream) const {
        std::vector<StreamletId> streamlets;
        for (auto at = chunks_.lower_bound({stream, StreamletId(0)});
             at != chunks_.end() && at->first.first == stream; ++at) {
            streamlets.push_back(at->first.second);
        }
        return streamlets;
    }

    void forget_chunks(StreamId stream) {
        for (const StreamletId streamlet : chunks_of(stream)) {
            chunks_.erase({stream, streamlet});
        }
    }

    // When the disk refuses a change, no single stream is the reason.
    Result<void> change(Result<void> done) {
        disk_unusable_ = disk_unusable_ || !done.ok();
        return done;
    }

    Disk& disk_;
    RecoverySink& sink_;
    RecoveryResult result_;
    bool disk_unusable_ = false;
    // The chunks below point into these.
    std::vector<JournalFolder> folders_;
    std::map<std::pair<StreamId, StreamletId>, std::vector<FoundChunk>> chunks_;
    std::map<std::pair<StreamId, StreamletId>, std::vector<LostChunk>> lost_chunks_;
};

}  // namespace

const char* to_string(RecoveryFault fault) noexcept {
    switch (fault) {
        case RecoveryFault::torn_journal:
            return "torn_journal";
        case RecoveryFault::rotten_journal:
            return "rotten_journal";
        case RecoveryFault::unread_journal:
            return "unread_journal";
        case RecoveryFault::rotten_segment:
            return "rotten_segment";
        case RecoveryFault::rotten_stream:
            return "rotten_stream";
        case RecoveryFault::missing_segment:
            return "missing_segment";
        case RecoveryFault::rotten_producer_ids:
            return "rotten_producer_ids";
    }
    return "unknown";
}

Result<RecoveryResult> recover(Disk& disk, RecoverySink& sink) {
    return Recovery(disk, sink).run();
}

}  // namespace kera
