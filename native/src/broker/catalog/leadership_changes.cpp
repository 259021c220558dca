// Takes changes of leadership through their steps. Belongs to the first reactor's thread.
#include "broker/catalog/leadership_changes.hpp"

#include <algorithm>
#include <utility>

#include "wire/message/control_messages.hpp"

namespace kera {

namespace {

template <class Visit>
void for_each_wanted(Stream& stream, const LeadershipChanges::Wanted& wanted, Visit&& visit) {
    for (StreamletId at = wanted.first; at < wanted.end; at = at.next()) {
        visit(stream.streamlets[static_cast<std::size_t>(at.value())]);
    }
}

}  // namespace

void LeadershipChanges::begin(const Requester& requester, CatalogEntry& entry, const Wanted& wanted,
                              const Result<void>& answer) {
    entry.state = StreamState::changing;
    const std::int64_t id = next_change_++;
    Change& change =
        changes_.emplace(id, Change{requester, entry.stream, wanted, answer}).first->second;
    bool any_led = false;
    for_each_wanted(*change.stream, wanted,
                    [&any_led](const SharedStreamlet& shared) { any_led |= shared.leads; });
    if (any_led) {
        end_term(id, change);
    } else {
        store(id, change);
    }
}

void LeadershipChanges::end_term(std::int64_t id, Change& change) {
    change.step = Step::end_term;
    for_each_wanted(*change.stream, change.wanted, [this](const SharedStreamlet& shared) {
        if (shared.leads) {
            parts_.leaderships.on_leadership_ended(shared.streamlet->stream(),
                                                   shared.streamlet->id());
        }
    });
    announce(id, change, false);
}

void LeadershipChanges::store(std::int64_t id, Change& change) {
    change.step = Step::store;
    bool raised = false;
    for_each_wanted(*change.stream, change.wanted, [&](SharedStreamlet& shared) {
        raised |= shared.streamlet->term() < change.wanted.term;
        shared.streamlet->raise_term(change.wanted.term);
        const Term term = shared.streamlet->term();
        if (change.wanted.leads && shared.terms.last() < term) {
            // Nothing is being appended: the term before has ended on every reactor.
            shared.terms.begin(term, shared.streamlet->next_offset());
            raised = true;
        }
    });
    if (!raised) {
        on_stored(id, {});
        return;
    }
    parts_.store.save(*change.stream, change.stream->settings, *this, id);
}

void LeadershipChanges::begin_term(std::int64_t id, Change& change) {
    change.step = Step::begin_term;
    announce(id, change, true);
}

void LeadershipChanges::announce(std::int64_t id, Change& change, bool leads) {
    for_each_wanted(*change.stream, change.wanted,
                    [leads](SharedStreamlet& shared) { shared.leads = leads; });
    const std::int32_t reactors = parts_.mailboxes.reactor_count();
    change.reactors_left = reactors;
    const LeadershipTold told{id, change.stream->id, change.wanted.first, change.wanted.end, leads};
    for (std::int32_t other = 1; other < reactors; ++other) {
        parts_.mailboxes.send(ReactorId(0), ReactorId(other), told);
    }
    parts_.lifecycle.leadership_told(told);
    on_seen(id);
}

void LeadershipChanges::on_seen(std::int64_t id) {
    Change& change = changes_.at(id);
    if (--change.reactors_left > 0) {
        return;
    }
    if (change.step == Step::end_term) {
        store(id, change);
    } else {
        finish(id, change.answer);
    }
}

void LeadershipChanges::on_stored(std::int64_t id, const Result<void>& outcome) {
    Change& change = changes_.at(id);
    if (!outcome.ok()) {
        finish(id, outcome);
    } else if (change.wanted.leads) {
        begin_term(id, change);
    } else {
        finish(id, change.answer);
    }
}

void LeadershipChanges::finish(std::int64_t id, Result<void> answer) {
    const Change change = std::move(changes_.at(id));
    changes_.erase(id);
    parts_.directory.find(change.stream->id)->state = StreamState::open;
    if (answer.ok()) {
        parts_.answers.send(change.requester, CommandDone::of(answer));
    } else {
        parts_.answers.refuse(change.requester, answer.error());
    }
    listener_.on_change_ended(change.stream->id);
}

}  // namespace kera
