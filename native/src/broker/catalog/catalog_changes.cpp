// The second half of the catalog's changes: whose turn it is, and what happens once the disk and
// the reactors have answered. Belongs to the first reactor's thread.
#include "base/check.hpp"
#include "base/log.hpp"
#include "base/planted_defect.hpp"
#include "broker/catalog/catalog.hpp"

namespace kera {

namespace {

constexpr std::uint32_t kRetryAfterMs = 20;
// Streams whose starts are on their way to disk: retention may move those of all at once. One at a
// time shares the disk with segments fairly, whatever the number of streams; those that wait only
// keep for longer what retention lets go.
constexpr std::size_t kStartsSavedAtOnce = 1;

}  // namespace

bool Catalog::admits(const Requester& requester) {
    const std::size_t limit = parts_.config.limits.stream_changes_max;
    if (requester.is_control() || unfinished() < limit) {
        return true;
    }
    parts_.answers.refuse(
        requester,
        fail(ErrorCode::would_block, "stream_changes", static_cast<std::int64_t>(limit),
             static_cast<std::int64_t>(unfinished()) + 1),
        kRetryAfterMs);
    return false;
}

CatalogEntry* Catalog::turn_of(StreamId id, Handler handler, const Requester& requester,
                               const FrameView& frame) {
    CatalogEntry* entry = entries_.find(id);
    if (entry == nullptr || entry->state == StreamState::left_over) {
        parts_.answers.refuse(requester,
                              fail(ErrorCode::unknown_stream, "stream_id", 0, id.value()));
        return nullptr;
    }
    if (entry->state == StreamState::set_aside) {
        parts_.answers.refuse(requester, set_aside_error(id));
        return nullptr;
    }
    if (!admits(requester)) {
        return nullptr;
    }
    const bool overtakes =
        entry->state == StreamState::changing && planted(PlantedDefect::alter_from_old_settings);
    if (entry->is_busy() && !overtakes) {
        entries_.postpone(id, handler, requester, frame.head());
        return nullptr;
    }
    return entry;
}

bool Catalog::waits_for(StreamId wanted, const std::string& name, Handler handler,
                        const Requester& requester, const FrameView& frame) {
    const CatalogEntry* taken = entries_.find(name);
    if (taken == nullptr || !taken->is_busy()) {
        taken = entries_.find(wanted);
    }
    if (taken == nullptr || !taken->is_busy()) {
        return false;
    }
    if (admits(requester)) {
        entries_.postpone(taken->stream->id, handler, requester, frame.head());
    }
    return true;
}

void Catalog::go_on(StreamId id) {
    ready_.push_back(id);
    if (going_on_) {
        return;  // called from within the loop below, which comes to it
    }
    going_on_ = true;
    while (!ready_.empty()) {
        const StreamId next = ready_.front();
        ready_.pop_front();
        begin_saving_starts(next);
        while (const auto request = entries_.take_waiting(next)) {
            const Result<FrameView> frame = FrameView::over(request->frame, UINT32_MAX);
            KERA_ASSERT(frame.ok());
            (this->*request->handler)(request->requester, *frame);
        }
    }
    going_on_ = false;
}

void Catalog::save_starts(StreamId stream) {
    CatalogEntry* entry = entries_.find(stream);
    if (entry != nullptr && (entry->is_there() || entry->state == StreamState::making)) {
        entry->starts_moved = true;
        begin_saving_starts(stream);
    }
}

void Catalog::begin_saving_starts(StreamId stream) {
    CatalogEntry* entry = entries_.find(stream);
    if (entry == nullptr || !entry->starts_moved || entry->state != StreamState::open) {
        return;
    }
    if (saving_starts_ >= kStartsSavedAtOnce) {
        starts_to_save_.push_back(stream);
        return;
    }
    ++saving_starts_;
    entry->state = StreamState::saving;
    const StreamSettings settings = entry->stream->settings;
    const std::int64_t id = begin({Kind::starts, {}, entry->stream, 0, settings, 0});
    save(id, *entry, settings);
}

void Catalog::starts_saved() {
    --saving_starts_;
    for (; !starts_to_save_.empty() && saving_starts_ < kStartsSavedAtOnce;) {
        const StreamId next = starts_to_save_.front();
        starts_to_save_.pop_front();
        begin_saving_starts(next);
    }
}

std::int64_t Catalog::begin(Change&& change) {
    const std::int64_t id = next_change_++;
    changes_.emplace(id, std::move(change));
    return id;
}

void Catalog::save(std::int64_t id, CatalogEntry& entry, const StreamSettings& settings) {
    // The store takes the starts as they are now; what moves from here on is asked for again.
    entry.starts_moved = false;
    entry.stream->starts_asked.exchange(false, std::memory_order_acq_rel);
    parts_.store.save(*entry.stream, settings, *this, id);
}

void Catalog::on_stored(std::int64_t id, const Result<void>& outcome) {
    Change& change = changes_.at(id);
    if (!outcome.ok()) {
        failed(id, outcome.error());
        return;
    }
    if (change.kind == Kind::create) {
        announce(id, change);
        return;
    }
    if (change.kind != Kind::drop && change.kind != Kind::undo) {
        starts_fault_ = false;
        starts_kept(change.stream->id);
    }
    finish(id);
}

void Catalog::starts_kept(StreamId stream) {
    for (std::int32_t other = 1; other < parts_.mailboxes.reactor_count(); ++other) {
        parts_.mailboxes.send(ReactorId(0), ReactorId(other), StartsKept{stream});
    }
    parts_.changes.starts_kept(stream);
}

void Catalog::failed(std::int64_t id, const Error& why) {
    Change& change = changes_.at(id);
    switch (change.kind) {
        case Kind::create:
            // Some of it may be on disk, and must not come up as a stream at the next start.
            change.kind = Kind::undo;
            change.refusal = why;
            entries_.find(change.stream->id)->state = StreamState::dropping;
            parts_.store.remove(change.stream->id, *this, id);
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
            parts_.answers.refuse(change.requester, why);
            break;
    }
    end(id, StreamState::open);
}

void Catalog::announce(std::int64_t id, Change& change) {
    const std::int32_t reactors = parts_.mailboxes.reactor_count();
    change.reactors_left = reactors;
    for (std::int32_t other = 1; other < reactors; ++other) {
        if (change.kind == Kind::create) {
            parts_.mailboxes.send(ReactorId(0), ReactorId(other), StreamOpened{id, change.stream});
        } else {
            parts_.mailboxes.send(ReactorId(0), ReactorId(other),
                                  StreamDropped{id, change.stream->id});
        }
    }
    if (change.kind == Kind::create) {
        parts_.changes.opened(change.stream);
    } else {
        parts_.changes.dropped(change.stream->id);
    }
    on_change_seen(id);
}

void Catalog::on_change_seen(std::int64_t id) {
    Change& change = changes_.at(id);
    if (--change.reactors_left > 0) {
        return;
    }
    if (change.kind == Kind::drop) {
        finish_drop(change);
        parts_.store.remove(change.stream->id, *this, id);
        return;
    }
    finish(id);
}

void Catalog::finish(std::int64_t id) {
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
            end_as_gone(id);
            return;
        case Kind::start:
            parts_.answers.send(change.requester, DoneAnswer{change.value});
            break;
        case Kind::starts:
            break;
        case Kind::undo:
            parts_.answers.refuse(change.requester, change.refusal);
            end_as_gone(id);
            return;
    }
    end(id, StreamState::open);
}

void Catalog::end(std::int64_t id, StreamState state) {
    const StreamId stream = changes_.at(id).stream->id;
    const bool was_saving = changes_.at(id).kind == Kind::starts;
    changes_.erase(id);
    entries_.find(stream)->state = state;
    go_on(stream);
    if (was_saving) {
        starts_saved();
    }
}

void Catalog::end_as_gone(std::int64_t id) {
    const std::shared_ptr<Stream> stream = std::move(changes_.at(id).stream);
    changes_.erase(id);
    entries_.remove(*stream);
    go_on(stream->id);
}

void Catalog::finish_alter(Change& change) {
    Stream& stream = *change.stream;
    const Result<void> added = add_lanes(stream, change.settings.lanes);
    if (!added.ok()) {
        parts_.answers.refuse(change.requester, added.error());
        return;
    }
    stream.settings = change.settings;
    stream.ack_level_min.store(change.settings.ack_level_min, std::memory_order_relaxed);
    for (SharedStreamlet& shared : stream.streamlets) {
        shared.streamlet->set_retention(
            {change.settings.retention_ms, change.settings.retention_bytes});
    }
    parts_.answers.send(change.requester, describe(stream));
}

void Catalog::finish_drop(Change& change) {
    // No reactor refers to them any more, but what is being sent may still lie in their segments.
    for (SharedStreamlet& shared : change.stream->streamlets) {
        parts_.reclaimer.retire(std::move(shared.streamlet));
    }
    if (on_dropped_) {
        on_dropped_(change.stream->id);
    }
}

}  // namespace kera
