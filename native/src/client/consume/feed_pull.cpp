// Fetching ahead: the next answer is on its way while the one before is being read. See feed.hpp.
#include <algorithm>

#include "base/check.hpp"
#include "client/consume/data_walk.hpp"
#include "client/consume/feed.hpp"
#include "client/session/loop.hpp"

namespace kera {

bool Feed::has_room_to_fetch() const noexcept {
    const std::uint64_t taken = buffered_bytes_ + reserved_bytes_;
    return taken == 0 || taken + options_.fetch_bytes_max <= options_.buffered_bytes_max;
}

void Feed::fetch(std::int64_t now_ns) {
    const auto count = static_cast<std::uint32_t>(assignments_.size());
    std::uint32_t looked_at = 0;
    while (looked_at < count && has_room_to_fetch()) {
        if (loop_.connection().request_room() <= 1) {
            changed_ = true;
            return;
        }
        auto under_way = std::find_if(fetches_.begin(), fetches_.end(),
                                      [](const FetchUnderWay& one) { return !one.used; });
        if (under_way == fetches_.end()) {
            if (fetches_.size() == kFetchesMax) {
                return;
            }
            under_way = fetches_.emplace(fetches_.end());
        }
        fetch_.wait_ms_max = options_.wait_ms_max;
        fetch_.bytes_min = options_.bytes_min;
        fetch_.bytes_max = options_.fetch_bytes_max;
        fetch_.entries.clear();
        under_way->asked.clear();
        for (; looked_at < count && fetch_.entries.size() < options_.streamlets_per_fetch;
             ++looked_at) {
            const std::uint32_t index = next_to_ask_ % count;
            next_to_ask_ = index + 1;
            Assignment& one = assignments_[index];
            if (one.state == Assignment::State::reading && may_ask(one, now_ns)) {
                fetch_.entries.push_back({one.stream, one.streamlet, one.next, one.cursor,
                                          options_.streamlet_bytes_max, ReadOrder::offset});
                under_way->asked.push_back({index, one.generation});
            }
        }
        if (fetch_.entries.empty()) {
            return;
        }
        const auto at = static_cast<std::uint32_t>(under_way - fetches_.begin());
        const std::int64_t deadline_ns = now_ns + options_.request_timeout_ns +
                                         std::int64_t{options_.wait_ms_max} * kNanosPerMilli;
        const Result<void> asked =
            loop_.connection().request(fetch_, {this, cookie_of(Kind::fetch, 0, at), deadline_ns});
        if (!asked) {
            changed_ = true;
            return;
        }
        under_way->used = true;
        under_way->bytes_reserved = options_.fetch_bytes_max;
        reserved_bytes_ += under_way->bytes_reserved;
        for (const FetchUnderWay::Asked& one : under_way->asked) {
            assignments_[one.assignment].asked = true;
        }
    }
}

void Feed::end_fetch(FetchUnderWay& under_way) {
    under_way.used = false;
    reserved_bytes_ -= under_way.bytes_reserved;
    changed_ = true;
}

void Feed::on_fetched(std::uint32_t at, const FrameView& frame, Inbound& message) {
    FetchUnderWay& under_way = fetches_[at];
    KERA_ASSERT(under_way.used, at);
    end_fetch(under_way);
    const Result<std::uint32_t> head_bytes = FetchAnswer::decode(frame, entries_);
    Received& received = inbox_.fresh();
    const bool sound = head_bytes.ok() && entries_.size() == under_way.asked.size() &&
                       take_entries(under_way, message, *head_bytes, received);
    buffered_bytes_ += received.data_bytes;
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

// False when the answer does not hold what it says it does; what was sound before that stays.
bool Feed::take_entries(const FetchUnderWay& under_way, Inbound& message, std::uint32_t head_bytes,
                        Received& received) {
    DataWalk walk(message, head_bytes);
    for (std::size_t index = 0; index < entries_.size(); ++index) {
        const FetchAnswer::Entry& entry = entries_[index];
        const FetchUnderWay::Asked& asked = under_way.asked[index];
        Assignment& one = assignments_[asked.assignment];
        const bool wanted = asked.generation == one.generation && one.asked;
        if (entry.stream != one.stream || entry.streamlet != one.streamlet ||
            (entry.data_bytes > 0 && wanted && entry.next_offset <= one.next)) {
            return false;
        }
        bool is_first = true;
        for (std::uint32_t left = entry.data_bytes; left > 0;) {
            const Bytes piece = walk.take(left);
            if (piece.empty()) {
                return false;
            }
            left -= static_cast<std::uint32_t>(piece.size());
            if (wanted) {
                ReceivedPart part;
                part.stream = one.stream;
                part.streamlet = one.streamlet;
                part.assignment = asked.assignment;
                part.generation = asked.generation;
                part.chunks = piece;
                part.from = is_first ? one.next : kContinues;
                part.readable_head = entry.readable_head;
                received.parts.push_back(part);
                received.data_bytes += piece.size();
                is_first = false;
            }
        }
        if (wanted) {
            take_entry(asked.assignment, entry);
        }
    }
    return true;
}

void Feed::take_entry(std::uint32_t index, const FetchAnswer::Entry& entry) {
    Assignment& one = assignments_[index];
    one.asked = false;
    if (entry.code == ErrorCode::ok) {
        one.next = std::max(one.next, entry.next_offset);
        one.cursor = entry.cursor;
        one.failures = 0;
        return;
    }
    const Error why{entry.code, "fetch", entry.limit, entry.value};
    if (entry.code == ErrorCode::offset_out_of_range) {
        on_out_of_range(one, &entry, why);
    } else {
        on_refused(index, why, 0);
    }
}

}  // namespace kera
