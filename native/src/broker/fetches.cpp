// Reading, sending and waiting of fetches. on_fetch, attempt, read_entries, send is the hot path,
// from top to bottom. Belongs to one reactor's thread.
#include "broker/fetches.hpp"

#include <algorithm>

namespace kera {

namespace {

// Spans that one read may add.
constexpr std::uint32_t kSpansPerRead = 16;
constexpr std::uint32_t kDiskWaitMs = 5'000;

}  // namespace

// A fetch that found too little. Waits for heads, for segments, or for its session to take data.
class Fetches::Waiting final : public HeadWaiter {
  public:
    Waiting(Fetches& owner, const Requester& who, Fetch&& asked, std::int64_t until_ns)
        : fetches(owner), requester(who), fetch(std::move(asked)), deadline_ns(until_ns) {}

    void on_head_moved() override { fetches.again(*this, patience()); }
    void on_stream_dropped() override { fetches.again(*this, Patience::none); }
    Patience patience() const noexcept {
        return fetch.wait_ms_max == 0 ? Patience::for_disk : Patience::for_more;
    }

    Fetches& fetches;
    Requester requester;
    Fetch fetch;
    std::int64_t deadline_ns;
    std::vector<StreamletView*> views;
    // Data was there, but the session could not take it.
    bool blocked = false;
};

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
    read_entries(fetch, session->transport().capabilities().segments_max);
    const bool enough = send_spans_.bytes >= std::max(fetch.bytes_min, 1U);
    const bool disk_has_more = !needs_load_.empty() && send_spans_.bytes == 0;
    const bool give_up =
        patience == Patience::none || (patience == Patience::for_disk && !disk_has_more);
    if (!enough && !failed_ && !give_up) {
        send_spans_.clear();
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
        GroupPlace place;
        place.lane = LaneId(static_cast<std::uint16_t>(asked.cursor.lane));
        place.place.group = GroupId(asked.cursor.group);
        place.place.segment = SegmentId(asked.cursor.segment);
        place.place.position = static_cast<std::uint32_t>(asked.cursor.position);
        outcome = view.streamlet().read_group(place, bytes_max, read_spans_);
        answer.cursor = {asked.cursor.lane, place.place.group.value(), place.place.segment.value(),
                         static_cast<std::int32_t>(place.place.position)};
    } else {
        Cursor cursor(asked.cursor);
        outcome = view.streamlet().read(cursor, asked.offset, bytes_max, read_spans_);
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

void Fetches::wait(const Requester& requester, Fetch&& fetch) {
    // Reading from disk may take its time even for those who do not want to wait for records.
    const std::int64_t wait_ms = std::max(fetch.wait_ms_max, kDiskWaitMs);
    const std::int64_t deadline_ns =
        parts_.clock.now_ns() +
        (needs_load_.empty() ? std::int64_t{fetch.wait_ms_max} : wait_ms) * kNanosPerMilli;
    waiting_.push_back(std::make_unique<Waiting>(*this, requester, std::move(fetch), deadline_ns));
    Waiting& waiting = *waiting_.back();
    for (const Fetch::Entry& entry : waiting.fetch.entries) {
        if (auto view = parts_.streams.find(entry.stream, entry.streamlet); view.ok()) {
            parts_.streams.wait(**view, waiting);
            waiting.views.push_back(*view);
        }
    }
    // A head may have moved between the first look and the waiting.
    again(waiting, waiting.patience());
}

void Fetches::again(Waiting& waiting, Patience patience) {
    waiting.blocked = false;
    if (attempt(waiting.requester, waiting.fetch, patience, &waiting)) {
        forget(waiting);
        return;
    }
    for (SegmentLease& segment : needs_load_) {
        parts_.loads.want(std::move(segment), waiting);
    }
    needs_load_.clear();
}

void Fetches::forget(Waiting& waiting) {
    for (StreamletView* view : waiting.views) {
        parts_.streams.stop_waiting(*view, waiting);
    }
    parts_.loads.stop_waiting(waiting);
    std::erase_if(waiting_, [&waiting](const auto& one) { return one.get() == &waiting; });
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
