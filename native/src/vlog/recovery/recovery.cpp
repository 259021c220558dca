#include "vlog/recovery/recovery.hpp"

#include <algorithm>
#include <charconv>
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

struct KnownStream {
    bool has_folder = false;
    CatalogMarks marks;
};

// Every stream with a folder or a file in the catalog.
Result<std::map<StreamId, KnownStream>> list_streams(Disk& disk) {
    std::map<StreamId, KnownStream> known;
    KERA_TRY_ASSIGN(const std::vector<StreamId> folders,
                    list_ids<StreamId>(disk, std::string(kStreamsFolder)));
    for (const StreamId stream : folders) {
        known[stream].has_folder = true;
    }
    KERA_TRY_ASSIGN(const auto marks, list_catalog(disk));
    for (const auto& [stream, one] : marks) {
        known[stream].marks = one;
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
        for (const auto& [stream, known] : streams) {
            KERA_TRY(recover_stream(stream, known));
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
        for (const ScannedEntry& entry : scan.entries) {
            take_entry(entry);
        }
        for (const JournalGap& gap : scan.rotten) {
            for (const LostChunk& chunk : gap.lost) {
                lost_chunks_[{chunk.stream, chunk.streamlet}].push_back(chunk);
            }
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
        result_.highest_producer_id = std::max(result_.highest_producer_id, info.producer);
        chunks_[{info.stream, info.streamlet}].push_back(chunk);
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

    Result<void> recover_stream(StreamId stream, const KnownStream& known) {
        if (known.marks.deleted) {
            return SettingsFiles::finish_deletion(disk_, stream);
        }
        SettingsFiles files(disk_, stream, known.marks, known.has_folder);
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
        // More memory solves the first; the second concerns every stream.
        if (done.error().code == ErrorCode::memory_exhausted || disk_unusable_) {
            return done.error();
        }
        KERA_TRY(disk_.list(std::string(kStreamsFolder)));
        set_aside(stream, files, done.error());
        return {};
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
            KERA_TRY(collect(stream, StreamletId(i), groups));
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
                KERA_TRY(group.check(disk_));
                result_.highest_producer_id =
                    std::max(result_.highest_producer_id, group.highest_producer());
                if (group.lacks_last_offsets() && group.given_end() > start) {
                    keep_end(files, file, i, group.given_end());
                }
                KERA_TRY(group.emit(disk_, start, sink_, result_));
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

    // Collects what files and journals have of a streamlet.
    Result<void> collect(StreamId stream, StreamletId streamlet, Groups& groups) {
        const auto group_of = [&](LaneId lane, GroupId id) -> RecoveredGroup& {
            return groups.try_emplace({lane, id}, stream, streamlet, lane, id).first->second;
        };
        const std::string folder = streamlet_folder(stream, streamlet);
        KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries, disk_.list(folder));
        for (const FolderEntry& entry : entries) {
            if (entry.name.ends_with(kAsideSuffix)) {
                KERA_TRY(change(disk_.remove_now(folder + "/" + entry.name)));
            } else if (const auto place = parse_segment_file_name(stream, streamlet, entry.name)) {
                if (place->lane.value() < kLanesMax) {
                    group_of(place->lane, place->group).add_file(place->segment);
                } else {
                    report({RecoveryFault::misplaced_file, folder + "/" + entry.name, 0, 0,
                            fail(ErrorCode::corrupt, "lane", kLanesMax, place->lane.value())});
                }
            }
        }
        if (const auto found = chunks_.find({stream, streamlet}); found != chunks_.end()) {
            for (const ChunkView& chunk : found->second) {
                const ChunkPlace place = chunk.place();
                group_of(place.lane, place.group).add_chunk(chunk);
            }
        }
        if (const auto lost = lost_chunks_.find({stream, streamlet}); lost != lost_chunks_.end()) {
            for (const LostChunk& chunk : lost->second) {
                if (chunk.place.lane.value() < kLanesMax) {
                    group_of(chunk.place.lane, chunk.place.group).add_lost(chunk);
                }
            }
        }
        return {};
    }

    void set_aside(StreamId stream, SettingsFiles& files, const Error& why) {
        result_.streams_set_aside += 1;
        result_.problems += 1;
        Result<void> kept = files.note_set_aside(why);
        if (kept.ok()) {
            kept = keep_in_files(stream);
        }
        if (!kept.ok()) {
            log(LogLevel::error, "journals_kept",
                {{"stream", stream},
                 {"error", kept.error()},
                 {"because",
                  "chunks of a stream that is set aside could not be moved to its files"}});
            result_.keep_journals = true;
        }
        sink_.stream_set_aside({stream, files.name(), why, kept.ok()});
        forget_chunks(stream);
    }

    Result<void> keep_in_files(StreamId stream) {
        for (const StreamletId streamlet : chunks_of(stream)) {
            Groups groups;
            KERA_TRY(collect(stream, streamlet, groups));
            for (auto& [key, group] : groups) {
                if (group.has_chunks()) {
                    KERA_TRY(group.check(disk_));
                    KERA_TRY(group.keep_in_files(disk_, result_));
                }
            }
        }
        return {};
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
    std::map<std::pair<StreamId, StreamletId>, std::vector<ChunkView>> chunks_;
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
        case RecoveryFault::misplaced_file:
            return "misplaced_file";
    }
    return "unknown";
}

Result<RecoveryResult> recover(Disk& disk, RecoverySink& sink) {
    return Recovery(disk, sink).run();
}

}  // namespace kera
