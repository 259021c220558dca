// Reads, sends and waits for fetches. The hot path is on_fetch, attempt, FetchRead::read_all, send.
// Belongs to one reactor's thread.
#include "broker/read/fetches.hpp"

#include <algorithm>
#include <utility>

#include "broker/read/waiting_fetch.hpp"

namespace kera {

namespace {

constexpr std::uint32_t kDiskWaitMs = 5'000;

}  // namespace

Fetches::Fetches(const Parts& parts)
    : parts_(parts), read_(parts.config, parts.streams, parts.loads) {}

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
    fetch->bytes_max = std::min(
        {fetch->bytes_max, limits.fetch_bytes_max, read_.data_bytes_max(fetch->entries.size())});
    // Chunks are sent whole, so more than half of `bytes_max` might never be reached.
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
    read_.read_all(fetch, segments_max, waiting == nullptr ? nullptr : &waiting->sought);
    const FoundData found = read_.found();
    const bool enough = FetchRead::is_enough(fetch, found, segments_max);
    const bool disk_has_more = !read_.needs_load().empty() && found.bytes == 0;
    const bool give_up =
        patience == Patience::none || (patience == Patience::for_disk && !disk_has_more);
    if (!enough && !read_.has_news() && !give_up) {
        read_.spans().clear();
        if (waiting != nullptr) {
            const std::vector<FetchAnswer::Entry>& entries = read_.entries();
            for (std::size_t at = 0; at < entries.size(); ++at) {
                waiting->note_found(at, FoundData::of_one(entries[at].data_bytes));
            }
        }
        return false;
    }
    const bool sent = send(*session, requester);
    if (sent) {
        // The next fetch will need them. Entries of this one had enough without.
        for (SegmentLease& segment : read_.needs_load()) {
            parts_.loads.want_later(std::move(segment));
        }
        read_.needs_load().clear();
    }
    if (!sent && waiting != nullptr) {
        waiting->blocked = true;
    }
    return sent;
}

bool Fetches::send(Session& session, const Requester& requester) {
    FrameBuffer& buffer = parts_.answers.buffer();
    const Result<void> encoded =
        FetchAnswer::encode(buffer, requester.correlation_id, read_.entries());
    // It fits: entries were counted when the request was accepted.
    KERA_ASSERT(encoded.ok(), read_.entries().size());
    if (read_.spans().spans.empty()) {
        parts_.answers.route(requester, buffer.frame());
        return true;
    }
    if (parts_.sender.send(session, buffer.frame(), read_.spans()) == SendOutcome::again) {
        return false;
    }
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
    // A read from disk may take time, even when the client does not want to wait for records.
    const std::int64_t wait_ms = std::max(fetch.wait_ms_max, kDiskWaitMs);
    const std::int64_t deadline_ns =
        parts_.clock.now_ns() +
        (read_.needs_load().empty() ? std::int64_t{fetch.wait_ms_max} : wait_ms) * kNanosPerMilli;
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
    // The head may have moved between the first read and the registration.
    retry(waiting, waiting.patience());
}

// One streamlet's head has moved. A fetch may have thousands of entries, so only those of this
// streamlet are read again, until there may be enough.
void Fetches::on_moved(Waiting& waiting, StreamletView& view) {
    Session* session = parts_.sessions.find(waiting.requester.connection);
    if (waiting.blocked || session == nullptr) {
        return;  // on_writable() follows
    }
    read_.begin(waiting.fetch, &waiting.sought);
    auto place =
        std::lower_bound(waiting.places.begin(), waiting.places.end(), Waiting::Place{&view, 0});
    for (; place != waiting.places.end() && place->view == &view; ++place) {
        const Fetch::Entry& asked = waiting.fetch.entries[place->entry];
        const std::uint32_t bytes_max = std::min(asked.bytes_max, waiting.fetch.bytes_max);
        waiting.note_found(place->entry, read_.read_one(asked, bytes_max));
    }
    const bool enough = FetchRead::is_enough(waiting.fetch, waiting.total,
                                             session->transport().capabilities().segments_max);
    if (enough || read_.has_news()) {
        read_.needs_load().clear();
        retry(waiting, waiting.patience());
        return;
    }
    want_loads(waiting);
}

void Fetches::want_loads(Waiting& waiting) {
    for (SegmentLease& segment : read_.needs_load()) {
        parts_.loads.want(std::move(segment), waiting);
    }
    read_.needs_load().clear();
}

void Fetches::retry(Waiting& waiting, Patience patience) {
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
            retry(waiting, waiting.patience());
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
            retry(*waiting_[at - 1], Patience::none);
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
