// Reading, sending and waiting of fetches. on_fetch, attempt, read_entries, send is the hot path,
// from top to bottom. Belongs to one reactor's thread.
#include "broker/read/fetches.hpp"

#include <algorithm>
#include <utility>

#include "broker/read/waiting_fetch.hpp"

namespace kera {

namespace {

// Spans that one read may add.
constexpr std::uint32_t kSpansPerRead = 16;
constexpr std::uint32_t kDiskWaitMs = 5'000;

}  // namespace

Fetches::Fetches(const Parts& parts) : parts_(parts) {}

Fetches::~Fetches() = default;

void Fetches::on_fetch(const Requester& requester, const FrameView& frame) {
    Result<Fetch> fetch = Fetch::decode(frame);
    if (!fetch.ok()) {
        parts_.answers.refuse(requester, fetch.error());
        return;
    }
    const CoreLimits& limits = parts_.config.limits;
    if (fetch->entries.empty() || fetch->entries.size() > limits.fetch_entries_max) {
        parts_.answers.refuse(
            requester, fail(ErrorCode::limit_exceeded, "fetch_entries", limits.fetch_entries_max,
                            static_cast<std::int64_t>(fetch->entries.size())));
        return;
    }
    fetch->wait_ms_max = std::min(fetch->wait_ms_max, limits.fetch_wait_ms_max);
    fetch->bytes_max =
        std::min({fetch->bytes_max, limits.fetch_bytes_max, data_bytes_max(fetch->entries.size())});
    // Chunks are sent whole: with more than half of what fits they might never be enough.
    fetch->bytes_min = std::clamp(fetch->bytes_min, 1U, std::max(fetch->bytes_max / 2, 1U));
    parts_.counters.fetches.add();
    const Patience patience = fetch->wait_ms_max == 0 ? Patience::for_disk : Patience::for_more;
    if (!attempt(requester, *fetch, patience, nullptr)) {
        wait(requester, std::move(*fetch));
    }
}

bool Fetches::attempt(const Requester& requester, const Fetch& fetch, Patience patience,
                      Waiting* waiting) {
    Session* session = parts_.sessions.find(requester.connection);
    if (session == nullptr) {
        return true;
    }
    const std::uint32_t segments_max = session->transport().capabilities().segments_max;
    read_entries(fetch, segments_max);
    const bool enough =
        is_enough(fetch, {send_spans_.bytes, static_cast<std::int64_t>(send_spans_.spans.size())},
                  segments_max);
    const bool disk_has_more = !needs_load_.empty() && send_spans_.bytes == 0;
    const bool give_up =
        patience == Patience::none || (patience == Patience::for_disk && !disk_has_more);
    if (!enough && !failed_ && !give_up) {
        send_spans_.clear();
        if (waiting != nullptr) {
            for (std::size_t at = 0; at < entries_.size(); ++at) {
                // A read of one entry adds a span or two.
                waiting->note_found(at, found_by(entries_[at].data_bytes));
            }
        }
        return false;
    }
    const bool sent = send(*session, requester);
    send_spans_.clear();
    if (sent) {
        // The next fetch comes for them; others in this one have had enough without.
        for (SegmentLease& segment : needs_load_) {
            parts_.loads.want_later(std::move(segment));
        }
        needs_load_.clear();
    }
    if (!sent && waiting != nullptr) {
        waiting->blocked = true;
    }
    return sent;
}

std::uint32_t Fetches::data_bytes_max(std::size_t entries) const noexcept {
    const std::uint32_t frame_bytes_max = parts_.config.limits.frame_bytes_max;
    return frame_bytes_max - std::min(frame_bytes_max, FetchAnswer::head_bytes(entries));
}

bool Fetches::is_enough(const Fetch& fetch, const Found& found, std::uint32_t segments_max) {
    return found.bytes >= std::int64_t{fetch.bytes_min} ||
           (found.bytes > 0 && found.spans + kSpansPerRead > segments_max);
}

void Fetches::read_entries(const Fetch& fetch, std::uint32_t segments_max) {
    data_bytes_max_ = data_bytes_max(fetch.entries.size());
    entries_.clear();
    needs_load_.clear();
    send_spans_.clear();
    failed_ = false;
    for (const Fetch::Entry& asked : fetch.entries) {
        const bool room = send_spans_.spans.size() + kSpansPerRead <= segments_max &&
                          send_spans_.bytes < fetch.bytes_max;
        const std::uint32_t left = room ? fetch.bytes_max - send_spans_.bytes : 0;
        read_entry(asked, std::min(asked.bytes_max, left));
    }
}

void Fetches::read_entry(const Fetch::Entry& asked, std::uint32_t bytes_max) {
    FetchAnswer::Entry answer;
    answer.stream = asked.stream;
    answer.streamlet = asked.streamlet;
    answer.offset = asked.offset;
    answer.next_offset = asked.offset;
    answer.cursor = asked.cursor;
    const Result<StreamletView*> view = parts_.streams.find(asked.stream, asked.streamlet);
    Error error = view.ok() ? Error{ErrorCode::ok, "", 0, 0} : view.error();
    if (view.ok()) {
        Streamlet& streamlet = (*view)->streamlet();
        answer.readable_head = streamlet.readable_head();
        answer.start_offset = streamlet.start_offset();
        if (bytes_max > 0) {
            Result<ReadOutcome> outcome = read(asked, **view, bytes_max, answer);
            if (!outcome.ok()) {
                error = outcome.error();
            } else if (SegmentLease& missing = outcome->needs_load) {
                if (const auto why = parts_.loads.failure(*missing, asked.offset)) {
                    error = *why;
                } else {
                    needs_load_.push_back(std::move(missing));
                }
            }
        }
    }
    if (error.code != ErrorCode::ok) {
        failed_ = true;
        answer.code = error.code;
        answer.limit = error.limit;
        answer.value = error.value;
    }
    entries_.push_back(answer);
}

Result<ReadOutcome> Fetches::read(const Fetch::Entry& asked, StreamletView& view,
                                  std::uint32_t bytes_max, FetchAnswer::Entry& answer) {
    Result<ReadOutcome> outcome = fail(ErrorCode::internal, "read");
    if (asked.order == ReadOrder::group) {
        if (asked.cursor.lane < 0 || asked.cursor.lane >= view.streamlet().lane_count()) {
            return fail(ErrorCode::invalid_argument, "cursor_lane",
                        view.streamlet().lane_count() - 1, asked.cursor.lane);
        }
        GroupPosition at;
        at.lane = LaneId(static_cast<std::uint16_t>(asked.cursor.lane));
        at.in_lane.group = GroupId(asked.cursor.group);
        at.in_lane.segment = SegmentId(asked.cursor.segment);
        at.in_lane.position = static_cast<std::uint32_t>(asked.cursor.position);
        outcome = Reader(view.streamlet()).read_group(at, bytes_max, read_spans_);
        answer.cursor = {asked.cursor.lane, at.in_lane.group.value(), at.in_lane.segment.value(),
                         static_cast<std::int32_t>(at.in_lane.position)};
    } else {
        Cursor cursor(asked.cursor);
        outcome = Reader(view.streamlet()).read(cursor, asked.offset, bytes_max, read_spans_);
        answer.cursor = cursor.to_wire();
    }
    const std::uint32_t room_bytes = data_bytes_max_ - send_spans_.bytes;
    if (outcome.ok() && outcome->bytes > room_bytes) {
        // One chunk is read whatever was asked. Behind others it goes into the next answer.
        read_spans_.clear();
        if (send_spans_.bytes == 0) {
            return fail(ErrorCode::limit_exceeded, "fetch_bytes", room_bytes, outcome->bytes);
        }
        answer.cursor = asked.cursor;
        ReadOutcome nothing;
        nothing.next_offset = asked.offset;
        return nothing;
    }
    if (outcome.ok()) {
        answer.next_offset = outcome->next_offset;
        answer.data_bytes = outcome->bytes;
        answer.end_of_group = outcome->end_of_group;
        failed_ = failed_ || outcome->end_of_group;
        send_spans_.take(read_spans_);
    }
    return outcome;
}

bool Fetches::send(Session& session, const Requester& requester) {
    FrameBuffer& buffer = parts_.answers.buffer();
    const Result<void> encoded = FetchAnswer::encode(buffer, requester.correlation_id, entries_);
    // Entries were counted when the request was taken.
    KERA_ASSERT(encoded.ok(), entries_.size());
    if (send_spans_.spans.empty()) {
        parts_.answers.route(requester, buffer.frame());
        return true;
    }
    const std::uint32_t bytes = send_spans_.bytes;
    const Token token = parts_.holds.hold(send_spans_);
    const SendOutcome outcome = session.send_body(buffer.frame(), send_spans_.body, token);
    if (outcome != SendOutcome::sent) {
        parts_.holds.release(token);
    }
    if (outcome == SendOutcome::again) {
        return false;
    }
    parts_.counters.fetch_bytes.add(bytes);
    parts_.answers.close(requester);
    return true;
}

Result<void> Fetches::check_waiting(const Session& session, std::size_t entries) const {
    const CoreLimits& limits = parts_.config.limits;
    const std::size_t of_session = session.fetch_entries_waiting + entries;
    if (of_session > limits.connection_fetch_entries_waiting_max) {
        return fail(ErrorCode::limit_exceeded, "connection_fetch_entries_waiting",
                    limits.connection_fetch_entries_waiting_max,
                    static_cast<std::int64_t>(of_session));
    }
    if (entries_waiting_ + entries > limits.fetch_entries_waiting_max) {
        return fail(ErrorCode::limit_exceeded, "fetch_entries_waiting",
                    limits.fetch_entries_waiting_max,
                    static_cast<std::int64_t>(entries_waiting_ + entries));
    }
    return {};
}

void Fetches::count_waiting(const Waiting& waiting, bool comes) noexcept {
    const std::size_t entries = waiting.fetch.entries.size();
    entries_waiting_ = comes ? entries_waiting_ + entries : entries_waiting_ - entries;
    if (Session* session = parts_.sessions.find(waiting.requester.connection)) {
        session->fetch_entries_waiting = comes ? session->fetch_entries_waiting + entries
                                               : session->fetch_entries_waiting - entries;
    }
}

void Fetches::wait(const Requester& requester, Fetch&& fetch) {
    if (const Session* session = parts_.sessions.find(requester.connection)) {
        if (const auto checked = check_waiting(*session, fetch.entries.size()); !checked.ok()) {
            parts_.answers.refuse(requester, checked.error());
            return;
        }
    }
    // Reading from disk may take its time even for those who do not want to wait for records.
    const std::int64_t wait_ms = std::max(fetch.wait_ms_max, kDiskWaitMs);
    const std::int64_t deadline_ns =
        parts_.clock.now_ns() +
        (needs_load_.empty() ? std::int64_t{fetch.wait_ms_max} : wait_ms) * kNanosPerMilli;
    waiting_.push_back(std::make_unique<Waiting>(*this, requester, std::move(fetch), deadline_ns));
    Waiting& waiting = *waiting_.back();
    waiting.listed_at = waiting_.size() - 1;
    count_waiting(waiting, true);
    for (const Fetch::Entry& entry : waiting.fetch.entries) {
        if (auto view = parts_.streams.find(entry.stream, entry.streamlet); view.ok()) {
            const auto index = static_cast<std::uint32_t>(&entry - waiting.fetch.entries.data());
            waiting.places.push_back({*view, index});
        }
    }
    std::sort(waiting.places.begin(), waiting.places.end());
    const StreamletView* before = nullptr;
    for (const Waiting::Place& place : waiting.places) {
        if (std::exchange(before, place.view) != place.view) {
            parts_.streams.wait(*place.view, waiting);
        }
    }
    // A head may have moved between the first look and the waiting.
    again(waiting, waiting.patience());
}

// One streamlet's head has moved: only what was asked of it is read again, since the fetch may be
// about thousands, until there may be enough.
void Fetches::on_moved(Waiting& waiting, StreamletView& view) {
    Session* session = parts_.sessions.find(waiting.requester.connection);
    if (waiting.blocked || session == nullptr) {
        return;  // its session will say when
    }
    data_bytes_max_ = data_bytes_max(waiting.fetch.entries.size());
    entries_.clear();
    needs_load_.clear();
    failed_ = false;
    auto place =
        std::lower_bound(waiting.places.begin(), waiting.places.end(), Waiting::Place{&view, 0});
    for (; place != waiting.places.end() && place->view == &view; ++place) {
        send_spans_.clear();
        const Fetch::Entry& asked = waiting.fetch.entries[place->entry];
        read_entry(asked, std::min(asked.bytes_max, waiting.fetch.bytes_max));
        waiting.note_found(place->entry, found_by(send_spans_.bytes));
    }
    send_spans_.clear();
    const bool enough =
        is_enough(waiting.fetch, waiting.total, session->transport().capabilities().segments_max);
    if (enough || failed_) {
        needs_load_.clear();
        again(waiting, waiting.patience());
        return;
    }
    want_loads(waiting);
}

void Fetches::want_loads(Waiting& waiting) {
    for (SegmentLease& segment : needs_load_) {
        parts_.loads.want(std::move(segment), waiting);
    }
    needs_load_.clear();
}

void Fetches::again(Waiting& waiting, Patience patience) {
    waiting.blocked = false;
    if (attempt(waiting.requester, waiting.fetch, patience, &waiting)) {
        forget(waiting);
        return;
    }
    want_loads(waiting);
}

void Fetches::forget(Waiting& waiting) {
    const StreamletView* before = nullptr;
    for (const Waiting::Place& place : waiting.places) {
        if (std::exchange(before, place.view) != place.view) {
            parts_.streams.stop_waiting(*place.view, waiting);
        }
    }
    parts_.loads.stop_waiting(waiting);
    count_waiting(waiting, false);
    const std::size_t at = waiting.listed_at;
    waiting_[at].swap(waiting_.back());
    waiting_[at]->listed_at = at;
    waiting_.pop_back();
}

void Fetches::on_writable(ConnectionId connection) {
    for (std::size_t at = 0; at < waiting_.size();) {
        Waiting& waiting = *waiting_[at];
        const std::size_t before = waiting_.size();
        if (waiting.blocked && waiting.requester.connection == connection) {
            again(waiting, waiting.patience());
        }
        if (waiting_.size() == before) {
            ++at;
        }
    }
}

void Fetches::on_session_closed(ConnectionId connection) {
    for (std::size_t at = waiting_.size(); at > 0; --at) {
        if (waiting_[at - 1]->requester.connection == connection) {
            forget(*waiting_[at - 1]);
        }
    }
}

int Fetches::expire(std::int64_t now_ns) {
    int expired = 0;
    for (std::size_t at = waiting_.size(); at > 0; --at) {
        if (waiting_[at - 1]->deadline_ns <= now_ns && !waiting_[at - 1]->blocked) {
            again(*waiting_[at - 1], Patience::none);
            ++expired;
        }
    }
    return expired;
}

std::int64_t Fetches::next_deadline_ns() const noexcept {
    std::int64_t next = kNoDeadline;
    for (const auto& waiting : waiting_) {
        if (!waiting->blocked) {
            next = std::min(next, waiting->deadline_ns);
        }
    }
    return next;
}

}  // namespace kera
