// Builds streamlets from the events of recovery. The thread that opens the core.
#include "broker/core/core_recovery.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "broker/lane/producer_snapshots.hpp"
#include "disk/posix_files.hpp"
#include "storage/segment/stream_folders.hpp"
#include "vlog/recovery/settings_files.hpp"
#include "wire/file/producers_file.hpp"

namespace kera {

Result<void> CoreRecovery::stream_found(const StreamFile& stream) {
    Found found;
    KERA_TRY_ASSIGN(found.stream, directory_.add(stream.stream, stream.name, stream.settings,
                                                 Term(1), StreamState::open));
    found.restarts = std::max(restarts_ - stream.restarts, 0);
    restore_terms(stream, found);
    for (std::size_t at = 0; at < found.stream->streamlets.size(); ++at) {
        SharedStreamlet& shared = found.stream->streamlets[at];
        shared.leads = leads_;
        const Offset start = at < stream.starts.size() ? stream.starts[at] : Offset(0);
        shared.kept_start.store(start.value(), std::memory_order_relaxed);
        found.replays.push_back(std::make_unique<StreamletReplay>(*shared.streamlet, start));
        shared.given_end = at < stream.ends.size() ? stream.ends[at] : Offset(0);
        found.replays.back()->note_given(shared.given_end);
    }
    found_.emplace(stream.stream, std::move(found));
    return {};
}

void CoreRecovery::restore_terms(const StreamFile& file, const Found& found) {
    auto at = file.terms.begin();
    for (SharedStreamlet& shared : found.stream->streamlets) {
        shared.terms = {};
        Term last = kAnyTerm;
        for (; at != file.terms.end() && at->streamlet <= shared.streamlet->id(); ++at) {
            if (at->streamlet == shared.streamlet->id() && last < at->term) {
                last = at->term;
                if (at->start != TermStart::kElsewhere) {
                    shared.terms.begin(at->term, at->start);
                }
            }
        }
        if (last == kAnyTerm) {
            last = std::max(file.term, Term(1));
            shared.terms.begin(last, Offset(0));
        }
        shared.streamlet->raise_term(last);
    }
}

// The file may be older than the chunks: a term that began because of a restart is stored with the
// next change of the stream.
void CoreRecovery::note_term(const ChunkInfo& info, const ChunkView& chunk) {
    const ChunkPlace leader = chunk.place();
    if (leader.term > kAnyTerm) {
        SharedStreamlet& shared =
            found_.at(info.stream)
                .stream->streamlets[static_cast<std::size_t>(info.streamlet.value())];
        shared.terms.note(leader.term, leader.base_offset);
    }
}

// Clients of the terms before may have read, or sent, what is lost now. The file says the term as
// it was some restarts ago; chunks of the terms since may have been found.
void CoreRecovery::begin_terms(const Found& found) {
    for (SharedStreamlet& shared : found.stream->streamlets) {
        std::int64_t now = std::int64_t{shared.streamlet->term().value()} + found.restarts;
        if (const std::int64_t seen = shared.terms.last().value(); seen > now) {
            // Not by our counting; but no term may come twice.
            now = seen + 1;
        }
        shared.streamlet->raise_term(
            Term(static_cast<std::int32_t>(std::min(now, std::int64_t{INT32_MAX}))));
        if (found.restarts > 0 && shared.terms.last() < shared.streamlet->term()) {
            shared.terms.begin(shared.streamlet->term(), shared.streamlet->next_offset());
        }
    }
}

StreamletReplay* CoreRecovery::replay_of(StreamId stream, StreamletId streamlet) {
    const auto found = found_.find(stream);
    const auto at = static_cast<std::size_t>(streamlet.value());
    if (found == found_.end() || at >= found->second.replays.size()) {
        return nullptr;
    }
    return found->second.replays[at].get();
}

void CoreRecovery::chunk_found(const ChunkView& chunk) {
    const ChunkInfo info = chunk.info();
    if (StreamletReplay* replay = replay_of(info.stream, info.streamlet)) {
        note_term(info, chunk);
        if (const Result<void> noted = replay->note_chunk(chunk); !noted.ok()) {
            log(LogLevel::warn, "recovered_chunk_not_noted", {{"error", noted.error()}});
        }
    }
}

Result<void> CoreRecovery::segment_found(RecoveredSegment segment) {
    const SegmentPlace& place = segment.place;
    StreamletReplay* replay = replay_of(place.stream, place.streamlet);
    if (replay == nullptr) {
        return fail(ErrorCode::corrupt, "segment_streamlet_id", 0, place.streamlet.value());
    }
    const auto added = replay->add_segment(place.lane, place.group, place.segment, segment.summary,
                                           segment.created_ms, std::move(segment.extents));
    return added.ok() ? Result<void>() : Result<void>(added.error());
}

Result<void> CoreRecovery::segment_lost(const SegmentPlace& place, Offset end) {
    StreamletReplay* replay = replay_of(place.stream, place.streamlet);
    if (replay == nullptr) {
        return fail(ErrorCode::corrupt, "segment_streamlet_id", 0, place.streamlet.value());
    }
    return replay->add_lost_segment(place.lane, place.group, place.segment, end);
}

void CoreRecovery::offsets_given(StreamId stream, StreamletId streamlet, Offset end) {
    const Found& found = found_.at(stream);
    const auto at = static_cast<std::size_t>(streamlet.value());
    found.replays[at]->note_given(end);
    SharedStreamlet& shared = found.stream->streamlets[at];
    shared.given_end = std::max(shared.given_end, end);
}

void CoreRecovery::stream_set_aside(StreamAside aside) {
    found_.erase(aside.stream);
    directory_.set_aside(aside.stream, aside.name, std::move(aside.kept));
    log(LogLevel::error, "stream_set_aside",
        {{"stream", aside.stream},
         {"name", aside.name},
         {"error", aside.why},
         {"what_to_do",
          "nothing of it was removed: put back its files and start again, or delete the stream"}});
}

void CoreRecovery::problem(const RecoveryProblem& problem) {
    log(LogLevel::warn, "recovery_problem",
        {{"fault", to_string(problem.fault)},
         {"path", problem.path},
         {"position", problem.position},
         {"bytes", problem.bytes},
         {"error", problem.error}});
}

void CoreRecovery::finish(const RecoveryResult& result) {
    for (auto& [id, found] : found_) {
        for (std::size_t at = 0; at < found.replays.size(); ++at) {
            const ReplayReport report = found.replays[at]->finish();
            if (report.lost_records > 0) {
                log(LogLevel::warn, "recovered_with_holes",
                    {{"stream", id},
                     {"streamlet", static_cast<std::int64_t>(at)},
                     {"records", report.lost_records}});
            }
        }
        begin_terms(found);
    }
    if (result.streams > 0 || result.problems > 0) {
        log(LogLevel::info, "recovered",
            {{"streams", result.streams},
             {"streams_set_aside", result.streams_set_aside},
             {"segments", result.segments},
             {"bytes", result.bytes_verified},
             {"problems", result.problems}});
    }
}

Result<void> CoreRecovery::read_producers(Disk& disk) {
    for (const auto& [id, found] : found_) {
        for (std::size_t at = 0; at < found.replays.size(); ++at) {
            const StreamletId streamlet(static_cast<std::int32_t>(at));
            KERA_TRY(read_producers(disk, id, streamlet, *found.replays[at]));
        }
    }
    return {};
}

Result<void> CoreRecovery::read_producers(Disk& disk, StreamId stream, StreamletId streamlet,
                                          StreamletReplay& replay) {
    KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries,
                    disk.list(streamlet_folder(stream, streamlet)));
    for (const FolderEntry& entry : entries) {
        const std::optional<LaneId> lane = parse_producers_file_name(entry.name);
        if (!lane || lane->value() >= replay.lane_count()) {
            continue;
        }
        const std::string path = producers_file_path(stream, streamlet, *lane);
        KERA_TRY_ASSIGN(const MappedFile file, disk.map(path));
        Result<ProducersFile> found = ProducersFile::decode(file.bytes(), stream, streamlet, *lane);
        if (!found.ok()) {
            log(LogLevel::warn, "producers_not_read", {{"path", path}, {"error", found.error()}});
            continue;
        }
        for (const ProducerState& producer : found->producers) {
            highest_producer_id_ = std::max(highest_producer_id_, producer.id);
        }
        std::vector<ProducerState> counting = replay.note_producers(*lane, found->producers);
        if (counting.size() < found->producers.size()) {
            KERA_TRY(keep_end(disk, stream, streamlet));
            found->producers = std::move(counting);
            KERA_TRY(keep_producers(disk, *found));
        }
    }
    return {};
}

// What is removed from the file of producers may have been the last trace of these offsets.
Result<void> CoreRecovery::keep_end(Disk& disk, StreamId stream, StreamletId streamlet) {
    const auto at = static_cast<std::size_t>(streamlet.value());
    SharedStreamlet& shared = found_.at(stream).stream->streamlets[at];
    shared.given_end = std::max(shared.given_end, shared.streamlet->next_offset());
    SettingsFiles files(disk, stream, {.copy = true});
    KERA_TRY(files.read());
    KERA_TRY_ASSIGN(StreamFile settings, files.settings());
    settings.ends.resize(static_cast<std::size_t>(settings.settings.streamlets), Offset(0));
    settings.ends[at] = std::max(settings.ends[at], shared.given_end);
    if (const Result<void> stored = files.store(settings); !stored.ok()) {
        log(LogLevel::warn, "stream_settings_not_stored",
            {{"stream", stream}, {"error", stored.error()}});
    }
    return {};
}

// States of lost chunks go before anything is appended. Else other chunks could take their offsets,
// the start could pass those, and then these states would seem true.
Result<void> CoreRecovery::keep_producers(Disk& disk, const ProducersFile& file) {
    const std::string path = producers_file_path(file.stream, file.streamlet, file.lane);
    const Result<void> kept = disk.replace_now(path, file.encode());
    if (kept.ok()) {
        return {};
    }
    // A full disk has room for this, and a power cut does not undo it, as it may undo a removal.
    // The lane knows what was in the file. The next start or snapshot removes it.
    log(LogLevel::warn, "producers_not_stored", {{"path", path}, {"error", kept.error()}});
    return disk.rename_now(path, path + kAsideSuffix);
}

}  // namespace kera
