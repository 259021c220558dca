// The second half of the catalog's changes: what happens once the disk and the reactors have
// answered. Belongs to the first reactor's thread.
#include "broker/catalog.hpp"

namespace kera {

std::int64_t Catalog::begin(Change&& change) {
    const std::int64_t id = next_change_++;
    changes_.emplace(id, std::move(change));
    return id;
}

void Catalog::on_stored(std::int64_t id, const Result<void>& outcome) {
    Change& change = changes_.at(id);
    if (!outcome.ok()) {
        if (change.kind == Kind::create) {
            forget(*change.stream);
        }
        parts_.answers.refuse(change.requester, outcome.error());
        changes_.erase(id);
        return;
    }
    if (change.kind == Kind::create) {
        announce(id, change);
    } else {
        finish(id);
    }
}

void Catalog::announce(std::int64_t id, Change& change) {
    const std::int32_t reactors = parts_.post.reactor_count();
    change.reactors_left = reactors;
    for (std::int32_t other = 1; other < reactors; ++other) {
        if (change.kind == Kind::create) {
            parts_.post.send(ReactorId(0), ReactorId(other), StreamOpened{id, change.stream});
        } else {
            parts_.post.send(ReactorId(0), ReactorId(other), StreamDropped{id, change.stream->id});
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
        case Kind::start:
            parts_.answers.send(change.requester, DoneAnswer{change.value});
            break;
    }
    changes_.erase(id);
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
