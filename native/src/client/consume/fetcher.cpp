// Fetches and their answers. See fetcher.hpp.
#include "client/consume/fetcher.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "client/session/loop.hpp"

namespace kera {

bool Fetcher::has_room() const noexcept {
    const std::uint64_t taken = unread_bytes_ + asked_bytes_;
    return taken == 0 || taken + options_.fetch_bytes_max <= options_.buffered_bytes_max;
}

void Fetcher::ask(std::int64_t now_ns) {
    std::uint32_t looked_at = 0;
    while (looked_at < streamlets_.count() && has_room()) {
        if (loop_.connection().request_room() <= 1) {
            streamlets_.ask_soon();
            return;
        }
        FetchUnderWay* const fetch = free_fetch();
        if (fetch == nullptr) {
            return;
        }
        collect(*fetch, looked_at, now_ns);
        if (fetch->asked.empty()) {
            return;
        }
        if (!send(*fetch, now_ns)) {
            streamlets_.ask_soon();
            return;
        }
    }
}

Fetcher::FetchUnderWay* Fetcher::free_fetch() {
    const auto free = std::find_if(fetches_.begin(), fetches_.end(),
                                   [](const FetchUnderWay& one) { return !one.used; });
    if (free != fetches_.end()) {
        return &*free;
    }
    return fetches_.size() == kFetchesMax ? nullptr : &fetches_.emplace_back();
}

void Fetcher::collect(FetchUnderWay& fetch, std::uint32_t& looked_at, std::int64_t now_ns) {
    message_.wait_ms_max = options_.wait_ms_max;
    message_.bytes_min = options_.bytes_min;
    message_.bytes_max = options_.fetch_bytes_max;
    message_.entries.clear();
    fetch.asked.clear();
    const std::uint32_t count = streamlets_.count();
    const std::uint32_t first = next_to_ask_;
    const bool may_ask_all = looked_at == 0;
    for (; looked_at < count && message_.entries.size() < options_.streamlets_per_fetch;
         ++looked_at) {
        const std::uint32_t index = next_to_ask_ % count;
        next_to_ask_ = index + 1;
        const IncomingStreamlet& one = streamlets_[index];
        if (one.state == IncomingStreamlet::State::reading && streamlets_.may_ask(one, now_ns)) {
            message_.entries.push_back({one.stream, one.streamlet, one.next, one.cursor,
                                        options_.streamlet_bytes_max, ReadOrder::offset, one.term});
            fetch.asked.push_back({index, one.generation});
        }
    }
    if (may_ask_all && looked_at == count) {
        // Or the same ones would fill each answer.
        next_to_ask_ = (first + 1) % count;
    }
    if (options_.streamlet_bytes_max == 0) {
        share_answer();
    }
}

void Fetcher::share_answer() {
    const auto streamlets = static_cast<std::uint32_t>(message_.entries.size());
    for (Fetch::Entry& entry : message_.entries) {
        entry.bytes_max = std::max(kShareMin, options_.fetch_bytes_max / streamlets);
    }
}

bool Fetcher::send(FetchUnderWay& fetch, std::int64_t now_ns) {
    const auto cookie = static_cast<std::uint64_t>(&fetch - fetches_.data());
    const std::int64_t deadline_ns =
        now_ns + options_.request_timeout_ns + std::int64_t{options_.wait_ms_max} * kNanosPerMilli;
    const Result<void> asked = loop_.connection().request(message_, {this, cookie, deadline_ns});
    if (!asked) {
        return false;
    }
    fetch.used = true;
    fetch.bytes_asked = options_.fetch_bytes_max;
    asked_bytes_ += fetch.bytes_asked;
    for (const AskedStreamlet& one : fetch.asked) {
        streamlets_[one.index].asked = true;
    }
    return true;
}

void Fetcher::end(FetchUnderWay& fetch) noexcept {
    fetch.used = false;
    asked_bytes_ -= fetch.bytes_asked;
    streamlets_.ask_soon();
}

void Fetcher::shut_down() {
    loop_.connection().forget(*this);
}

void Fetcher::on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) {
    FetchUnderWay& fetch = fetches_[cookie];
    KERA_ASSERT(fetch.used, cookie);
    end(fetch);
    const Result<std::uint32_t> head_bytes = FetchAnswer::decode(frame, entries_);
    Received& received = inbox_.fresh();
    const bool sound = head_bytes.ok() && entries_.size() == fetch.asked.size() &&
                       take_entries(fetch, DataWalk(message, *head_bytes), received);
    unread_bytes_ += received.data_bytes;
    if (!received.parts.empty()) {
        received.message = std::move(message);
        inbox_.deliver(received);
    } else {
        inbox_.put_back(received);
    }
    if (!sound) {
        loop_.connection().restart(head_bytes.ok()
                                       ? Error{ErrorCode::malformed, "fetch_answer", 0, 0}
                                       : head_bytes.error());
    }
}

void Fetcher::on_request_failed(std::uint64_t cookie, const Error& why,
                                std::uint32_t retry_after_ms) {
    FetchUnderWay& fetch = fetches_[cookie];
    for (const AskedStreamlet& asked : fetch.asked) {
        if (streamlets_.awaits(asked)) {
            streamlets_[asked.index].asked = false;
            streamlets_.refuse(streamlets_[asked.index], why, retry_after_ms);
        }
    }
    end(fetch);
}

// False when the answer does not hold what it says it does; what was sound before that stays.
bool Fetcher::take_entries(const FetchUnderWay& fetch, DataWalk walk, Received& received) {
    for (std::size_t at = 0; at < entries_.size(); ++at) {
        const FetchAnswer::Entry& entry = entries_[at];
        const AskedStreamlet& asked = fetch.asked[at];
        IncomingStreamlet& one = streamlets_[asked.index];
        const bool wanted = streamlets_.awaits(asked);
        if (entry.stream != one.stream || entry.streamlet != one.streamlet ||
            (entry.data_bytes > 0 && wanted && entry.next_offset <= one.next)) {
            return false;
        }
        const std::uint32_t missing =
            wanted ? streamlets_.add_parts(walk, entry.data_bytes, asked.index, entry.readable_head,
                                           received)
                   : walk.skip(entry.data_bytes);
        if (missing > 0) {
            return false;
        }
        if (wanted) {
            take_entry(one, entry);
        }
    }
    return true;
}

void Fetcher::take_entry(IncomingStreamlet& one, const FetchAnswer::Entry& entry) {
    one.asked = false;
    if (entry.code == ErrorCode::ok) {
        one.next = std::max(one.next, entry.next_offset);
        one.cursor = entry.cursor;
        one.term = entry.term;
        one.failures = 0;
        return;
    }
    const Error why{entry.code, "fetch", entry.limit, entry.value};
    if (entry.code == ErrorCode::stale_term && one.term != kAnyTerm) {
        one.state = IncomingStreamlet::State::checking_term;
        streamlets_.ask_soon();
    } else if (entry.code == ErrorCode::offset_out_of_range) {
        streamlets_.reset_offset(one, &entry, why);
    } else {
        streamlets_.refuse(one, why, 0);
    }
}

}  // namespace kera
