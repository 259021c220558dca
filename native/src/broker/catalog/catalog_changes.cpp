#include "broker/catalog/catalog_changes.hpp"

#include <utility>

#include "base/log.hpp"
#include "broker/catalog/stream_listing.hpp"

namespace kera {

void CatalogChanges::create(const Requester& requester, CatalogEntry& entry) {
    const StreamSettings& settings = entry.stream->settings;
    save(begin(entry, StreamState::making, {Kind::create, requester, entry.stream, settings}),
         entry);
}

void CatalogChanges::alter(const Requester& requester, CatalogEntry& entry,
                           const StreamSettings& settings) {
    save(begin(entry, StreamState::changing, {Kind::alter, requester, entry.stream, settings}),
         entry);
}

// The mark is stored before any reactor drops the stream: what it drops, the log may give up.
void CatalogChanges::drop(const Requester& requester, CatalogEntry& entry) {
    const StreamId stream = entry.stream->id;
    parts_.store.mark_deleted(
        stream, *this, begin(entry, StreamState::dropping, {Kind::mark, requester, entry.stream}));
}

void CatalogChanges::begin_drop(std::int64_t id, Change& change) {
    for (SharedStreamlet& shared : change.stream->streamlets) {
        shared.streamlet->mark_deleted();
    }
    if (change.before == StreamState::set_aside) {
        parts_.directory.count_deleted_aside();
    }
    change.kind = Kind::drop;
    announce(id, change);
}

void CatalogChanges::drop_files(const Requester& requester, CatalogEntry& entry) {
    const StreamId stream = entry.stream->id;
    parts_.store.remove(stream, Removal::deleted, *this,
                        begin(entry, StreamState::dropping, {Kind::drop, requester, entry.stream}));
}

void CatalogChanges::save_start(const Requester& requester, CatalogEntry& entry, Offset start) {
    const StreamSettings& settings = entry.stream->settings;
    save(begin(entry, StreamState::changing,
               {Kind::start, requester, entry.stream, settings, start.value()}),
         entry);
}

void CatalogChanges::save_starts(CatalogEntry& entry) {
    const StreamSettings& settings = entry.stream->settings;
    save(begin(entry, StreamState::saving, {Kind::starts, {}, entry.stream, settings}), entry);
}

std::int64_t CatalogChanges::begin(CatalogEntry& entry, StreamState state, Change&& change) {
    change.before = std::exchange(entry.state, state);
    const std::int64_t id = next_change_++;
    changes_.emplace(id, std::move(change));
    return id;
}

void CatalogChanges::save(std::int64_t id, CatalogEntry& entry) {
    // The store reads the starts now. One that moves from here on is stored next time.
    entry.starts_moved = false;
    entry.stream->starts_asked.exchange(false, std::memory_order_acq_rel);
    const StreamSettings settings = changes_.at(id).settings;
    parts_.store.save(*entry.stream, settings, *this, id);
}

void CatalogChanges::on_stored(std::int64_t id, const Result<void>& outcome) {
    Change& change = changes_.at(id);
    if (!outcome.ok()) {
        on_failed(id, outcome.error());
        return;
    }
    if (change.kind == Kind::create) {
        announce(id, change);
        return;
    }
    if (change.kind == Kind::mark) {
        begin_drop(id, change);
        return;
    }
    if (change.kind != Kind::drop && change.kind != Kind::undo) {
        starts_fault_ = false;
        announce_kept_starts(change.stream->id);
    }
    if (change.kind == Kind::alter && change.grows()) {
        begin_growth(id, change);
        return;
    }
    finish(id);
}

// The new streamlets are on disk. No client hears of them before each reactor has them.
void CatalogChanges::begin_growth(std::int64_t id, Change& change) {
    const Result<void> added = parts_.factory.add_streamlets(*change.stream, change.settings);
    if (!added.ok()) {
        on_failed(id, added.error());
        return;
    }
    announce(id, change);
}

void CatalogChanges::announce_kept_starts(StreamId stream) {
    for (std::int32_t other = 1; other < parts_.mailboxes.reactor_count(); ++other) {
        parts_.mailboxes.send(ReactorId(0), ReactorId(other), StartsKept{stream});
    }
    parts_.lifecycle.starts_kept(stream);
}

void CatalogChanges::on_failed(std::int64_t id, const Error& why) {
    Change& change = changes_.at(id);
    switch (change.kind) {
        case Kind::create:
            // Part of it may be on disk. It must not come up as a stream at the next start.
            change.kind = Kind::undo;
            change.refusal = why;
            parts_.directory.find(change.stream->id)->state = StreamState::dropping;
            parts_.store.remove(change.stream->id, Removal::undone, *this, id);
            return;
        case Kind::undo:
            log(LogLevel::warn, "stream_not_undone",
                {{"stream", change.stream->id}, {"error", why}});
            finish(id);
            return;
        case Kind::drop:
            parts_.answers.refuse(change.requester, why);
            end(id, StreamState::left_over);
            return;
        case Kind::starts:
            if (!starts_fault_) {
                log(LogLevel::warn, "stream_starts_not_saved",
                    {{"stream", change.stream->id}, {"error", why}});
            }
            starts_fault_ = true;
            break;
        case Kind::alter:
        case Kind::start:
        case Kind::mark:
            parts_.answers.refuse(change.requester, why);
            break;
    }
    end(id, change.before);
}

void CatalogChanges::announce(std::int64_t id, Change& change) {
    const std::int32_t reactors = parts_.mailboxes.reactor_count();
    change.reactors_left = reactors;
    for (std::int32_t other = 1; other < reactors; ++other) {
        parts_.mailboxes.send(ReactorId(0), ReactorId(other), announcement(id, change));
    }
    switch (change.kind) {
        case Kind::create:
            parts_.lifecycle.opened(change.stream);
            break;
        case Kind::alter:
            parts_.lifecycle.grown(change.stream->id);
            break;
        default:
            parts_.lifecycle.dropped(change.stream->id);
            break;
    }
    on_change_seen(id);
}

ReactorMessage CatalogChanges::announcement(std::int64_t id, const Change& change) {
    switch (change.kind) {
        case Kind::create:
            return StreamOpened{id, change.stream};
        case Kind::alter:
            return StreamletsAdded{id, change.stream->id};
        default:
            return StreamDropped{id, change.stream->id};
    }
}

void CatalogChanges::on_change_seen(std::int64_t id) {
    Change& change = changes_.at(id);
    if (--change.reactors_left > 0) {
        return;
    }
    if (change.kind == Kind::drop) {
        finish_drop(change);
        parts_.store.remove(change.stream->id, Removal::deleted, *this, id);
        return;
    }
    finish(id);
}

void CatalogChanges::finish(std::int64_t id) {
    Change& change = changes_.at(id);
    switch (change.kind) {
        case Kind::alter:
            finish_alter(change);
            break;
        case Kind::create:
            parts_.answers.send(change.requester, describe(*change.stream));
            break;
        case Kind::drop:
            parts_.answers.send(change.requester, DoneAnswer{change.value});
            if (parts_.store.keeps_chunks()) {
                parts_.directory.retire_id(change.stream->id);
            }
            end_as_gone(id);
            return;
        case Kind::start:
            parts_.answers.send(change.requester, DoneAnswer{change.value});
            break;
        case Kind::starts:
        case Kind::mark:
            break;
        case Kind::undo:
            parts_.answers.refuse(change.requester, change.refusal);
            end_as_gone(id);
            return;
    }
    end(id, StreamState::open);
}

void CatalogChanges::end(std::int64_t id, StreamState state) {
    const StreamId stream = changes_.at(id).stream->id;
    const bool was_saving = changes_.at(id).kind == Kind::starts;
    changes_.erase(id);
    parts_.directory.find(stream)->state = state;
    listener_.on_change_ended(stream);
    if (was_saving) {
        listener_.on_starts_saved();
    }
}

void CatalogChanges::end_as_gone(std::int64_t id) {
    const std::shared_ptr<Stream> stream = std::move(changes_.at(id).stream);
    changes_.erase(id);
    parts_.directory.remove(*stream);
    listener_.on_change_ended(stream->id);
}

void CatalogChanges::finish_alter(Change& change) {
    Stream& stream = *change.stream;
    const Result<void> added = parts_.factory.add_lanes(stream, change.settings.lanes);
    if (!added.ok()) {
        parts_.answers.refuse(change.requester, added.error());
        return;
    }
    const bool grows = change.grows();
    stream.settings = change.settings;
    stream.ack_level_min.store(change.settings.ack_level_min, std::memory_order_relaxed);
    for (SharedStreamlet& shared : stream.streamlets) {
        shared.streamlet->set_retention(
            {change.settings.retention_ms, change.settings.retention_bytes});
    }
    parts_.answers.send(change.requester, describe(stream));
    if (grows) {
        tell_growth(stream);
    }
}

// Behind every answer that still had the old number: mail keeps its order.
void CatalogChanges::tell_growth(const Stream& stream) {
    const std::int32_t streamlets = stream.settings.streamlets;
    for (std::int32_t other = 1; other < parts_.mailboxes.reactor_count(); ++other) {
        parts_.mailboxes.send(ReactorId(0), ReactorId(other), GrowthTold{stream.id, streamlets});
    }
    parts_.lifecycle.tell_growth(stream.id, streamlets);
}

void CatalogChanges::finish_drop(Change& change) {
    // No reactor refers to them any more, but their segments may still be being sent.
    for (SharedStreamlet& shared : change.stream->streamlets) {
        parts_.reclaimer.retire(std::move(shared.streamlet));
    }
    parts_.drop_listener.on_stream_dropped(change.stream->id);
}

}  // namespace kera
