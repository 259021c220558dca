// Assignments, where they start, and what goes wrong with them. See feed.hpp.
#include "client/consume/feed.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/log.hpp"
#include "client/session/loop.hpp"

namespace kera {

namespace {

constexpr int kKindShift = 60;
constexpr int kGenerationShift = 32;
// A disk that fails may work again soon; one that goes on failing is the application's to know of.
constexpr std::uint32_t kDiskFailuresMax = 4;
constexpr std::uint32_t kGenerationMask = (1U << (kKindShift - kGenerationShift)) - 1;

}  // namespace

std::uint64_t Feed::cookie_of(Kind kind, std::uint32_t generation, std::uint32_t index) {
    return static_cast<std::uint64_t>(kind) << kKindShift |
           std::uint64_t{generation & kGenerationMask} << kGenerationShift | index;
}

Feed::Feed(Loop& loop, const ConsumerOptions& options, Inbox& inbox)
    : loop_(loop),
      options_(options),
      inbox_(inbox),
      backoff_(options.retry, loop.random()),
      look_again_at_ns_(kNoDeadline) {}

Feed::~Feed() {
    loop_.connection().forget(*this);
    for (Assignment& one : assignments_) {
        end_subscription(one);
    }
}

std::uint32_t Feed::add(StreamId stream, StreamletId streamlet) {
    Assignment one;
    one.stream = stream;
    one.streamlet = streamlet;
    one.state = Assignment::State::paused;
    assignments_.push_back(one);
    return static_cast<std::uint32_t>(assignments_.size() - 1);
}

void Feed::start(std::uint32_t assignment, std::uint32_t generation, const StartAt& start) {
    Assignment& one = assignments_[assignment];
    unsubscribe(one);
    one.generation = generation;
    one.start = start;
    one.asked = false;
    one.cursor = WireCursor{};
    one.failures = 0;
    one.not_before_ns = 0;
    one.credit_returned = 0;
    if (start.kind == StartAt::Kind::offset) {
        one.state = Assignment::State::reading;
        one.next = Offset(start.value);
    } else {
        one.state = Assignment::State::resolving;
    }
    changed_ = true;
}

void Feed::pause(std::uint32_t assignment, std::uint32_t generation) {
    Assignment& one = assignments_[assignment];
    unsubscribe(one);
    one.generation = generation;
    one.asked = false;
    one.state = Assignment::State::paused;
}

void Feed::remove(std::uint32_t assignment, std::uint32_t generation) {
    pause(assignment, generation);
    assignments_[assignment].state = Assignment::State::removed;
}

int Feed::poll(std::int64_t now_ns) {
    const int taken = inbox_.take_back([this](Received& received) { take_back(received); });
    changed_ = changed_ || taken > 0 || now_ns >= look_again_at_ns_;
    if (changed_ && !shut_ && loop_.connection().ready()) {
        ask(now_ns);
    }
    return taken;
}

void Feed::take_back(Received& received) {
    buffered_bytes_ -= received.data_bytes;
    if (!options_.push || received.parts.empty()) {
        return;
    }
    const ReceivedPart& first = received.parts.front();
    Assignment& one = assignments_[first.assignment];
    if (first.generation == one.generation && first.error.code == ErrorCode::ok) {
        one.credit_returned += static_cast<std::int64_t>(received.data_bytes);
        give_credit(one);
    }
}

bool Feed::may_ask(Assignment& one, std::int64_t now_ns) {
    if (one.asked) {
        return false;
    }
    if (one.not_before_ns > now_ns) {
        look_again_at_ns_ = std::min(look_again_at_ns_, one.not_before_ns);
        return false;
    }
    return true;
}

void Feed::ask(std::int64_t now_ns) {
    changed_ = false;
    look_again_at_ns_ = kNoDeadline;
    for (std::uint32_t index = 0; index < assignments_.size(); ++index) {
        Assignment& one = assignments_[index];
        if (one.state == Assignment::State::resolving && may_ask(one, now_ns)) {
            resolve(index, now_ns);
        } else if (options_.push && one.state == Assignment::State::reading &&
                   may_ask(one, now_ns)) {
            subscribe(index, now_ns);
        }
    }
    if (!options_.push) {
        fetch(now_ns);
    }
}

void Feed::resolve(std::uint32_t index, std::int64_t now_ns) {
    Assignment& one = assignments_[index];
    if (loop_.connection().request_room() <= 1) {
        changed_ = true;
        return;
    }
    ListOffsets message;
    message.stream = one.stream;
    message.streamlet = one.streamlet;
    message.timestamp_ms = one.start.kind == StartAt::Kind::earliest ? ListOffsets::kEarliest
                           : one.start.kind == StartAt::Kind::latest ? ListOffsets::kLatest
                                                                     : one.start.value;
    const Result<void> asked =
        loop_.connection().request(message, {this, cookie_of(Kind::resolve, one.generation, index),
                                             now_ns + options_.request_timeout_ns});
    one.asked = asked.ok();
    changed_ = changed_ || !asked.ok();
}

void Feed::on_resolved(std::uint32_t index, std::uint32_t generation, const FrameView& frame) {
    Assignment& one = assignments_[index];
    if ((one.generation & kGenerationMask) != generation ||
        one.state != Assignment::State::resolving) {
        return;
    }
    one.asked = false;
    const Result<ListOffsetsAnswer> answer = ListOffsetsAnswer::decode(frame);
    if (!answer) {
        loop_.connection().restart(answer.error());
        return;
    }
    one.next = answer->offset;
    one.state = Assignment::State::reading;
    one.failures = 0;
    changed_ = true;
}

void Feed::on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) {
    const auto kind = static_cast<Kind>(cookie >> kKindShift);
    const auto index = static_cast<std::uint32_t>(cookie);
    const auto generation =
        static_cast<std::uint32_t>(cookie >> kGenerationShift) & kGenerationMask;
    if (kind == Kind::fetch) {
        on_fetched(index, frame, message);
    } else if (kind == Kind::resolve) {
        on_resolved(index, generation, frame);
    }
}

void Feed::on_request_failed(std::uint64_t cookie, const Error& why, std::uint32_t retry_after_ms) {
    const auto kind = static_cast<Kind>(cookie >> kKindShift);
    const auto index = static_cast<std::uint32_t>(cookie);
    const auto generation =
        static_cast<std::uint32_t>(cookie >> kGenerationShift) & kGenerationMask;
    changed_ = true;
    if (kind == Kind::fetch) {
        FetchUnderWay& fetch = fetches_[index];
        for (const FetchUnderWay::Asked& asked : fetch.asked) {
            Assignment& one = assignments_[asked.assignment];
            if (one.generation == asked.generation && one.asked) {
                one.asked = false;
                on_refused(asked.assignment, why, retry_after_ms);
            }
        }
        end_fetch(fetch);
        return;
    }
    if (kind == Kind::unsubscribe) {
        return;
    }
    Assignment& one = assignments_[index];
    if ((one.generation & kGenerationMask) == generation && one.asked) {
        one.asked = false;
        end_subscription(one);
        on_refused(index, why, retry_after_ms);
    }
}

void Feed::on_refused(std::uint32_t index, const Error& why, std::uint32_t retry_after_ms) {
    Assignment& one = assignments_[index];
    if (!loop_.connection().ready()) {
        one.cursor = WireCursor{};
        return;
    }
    const bool tried_enough =
        why.code == ErrorCode::disk_failed && one.failures >= kDiskFailuresMax;
    if (why.code == ErrorCode::offset_out_of_range) {
        on_out_of_range(one, nullptr, why);
    } else if (!tried_enough && (is_retriable(why.code) || retry_after_ms > 0)) {
        one.cursor = WireCursor{};
        one.not_before_ns =
            loop_.now_ns() + std::max(backoff_.delay_ns(one.failures++),
                                      std::int64_t{retry_after_ms} * kNanosPerMilli);
        changed_ = true;
    } else {
        report(one, why);
    }
}

void Feed::on_out_of_range(Assignment& one, const FetchAnswer::Entry* entry, const Error& why) {
    if (options_.out_of_range == OutOfRange::fail) {
        report(one, why);
        return;
    }
    log(LogLevel::info, "offset_reset",
        {{"stream", one.stream}, {"streamlet", one.streamlet}, {"offset", one.next}});
    one.cursor = WireCursor{};
    changed_ = true;
    const bool to_earliest = options_.out_of_range == OutOfRange::earliest;
    if (entry != nullptr) {
        one.next = to_earliest ? entry->start_offset : entry->readable_head;
        return;
    }
    one.start = to_earliest ? StartAt::earliest() : StartAt::latest();
    one.state = Assignment::State::resolving;
}

// The application learns of it in its turn, after what was read before.
void Feed::report(Assignment& one, const Error& why) {
    one.state = Assignment::State::failed;
    Received& received = inbox_.fresh();
    ReceivedPart part;
    part.stream = one.stream;
    part.streamlet = one.streamlet;
    part.assignment = index_of(one);
    part.generation = one.generation;
    part.from = one.next;
    part.error = why;
    received.parts.push_back(part);
    inbox_.deliver(received);
}

void Feed::on_session_lost() {
    for (Assignment& one : assignments_) {
        // A cursor belongs to the broker's memory as it was.
        one.cursor = WireCursor{};
        one.asked = false;
        end_subscription(one);
        one.credit_returned = 0;
    }
    changed_ = true;
}

void Feed::shut_down() {
    shut_ = true;
    loop_.connection().forget(*this);
    for (Assignment& one : assignments_) {
        unsubscribe(one);
    }
}

}  // namespace kera
