// Refusals, and parts. See incoming_streamlets.hpp.
#include "client/consume/incoming_streamlets.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "client/session/loop.hpp"

namespace kera {

namespace {

// A disk that fails may work again soon; one that goes on failing is the application's to know of.
constexpr std::uint32_t kDiskFailuresMax = 4;

}  // namespace

IncomingStreamlets::IncomingStreamlets(Loop& loop, const ConsumerOptions& options, Inbox& inbox)
    : loop_(loop),
      options_(options),
      inbox_(inbox),
      backoff_(options.retry, loop.random()),
      ask_again_at_ns_(kNoDeadline) {}

std::uint32_t IncomingStreamlets::add(StreamId stream, StreamletId streamlet) {
    IncomingStreamlet one;
    one.stream = stream;
    one.streamlet = streamlet;
    streamlets_.push_back(one);
    return count() - 1;
}

void IncomingStreamlets::begin_asking() noexcept {
    ask_soon_ = false;
    ask_again_at_ns_ = kNoDeadline;
}

void IncomingStreamlets::on_session_lost() noexcept {
    ask_soon_ = true;
    ask_again_at_ns_ = kNoDeadline;
}

bool IncomingStreamlets::may_ask(const IncomingStreamlet& one, std::int64_t now_ns) noexcept {
    if (one.asked) {
        return false;
    }
    if (one.not_before_ns > now_ns) {
        ask_again_at_ns_ = std::min(ask_again_at_ns_, one.not_before_ns);
        return false;
    }
    return true;
}

void IncomingStreamlets::refuse(IncomingStreamlet& one, const Error& why,
                                std::uint32_t retry_after_ms) {
    if (!loop_.connection().ready()) {
        one.cursor = WireCursor{};
        return;
    }
    const bool tried_enough =
        why.code == ErrorCode::disk_failed && one.failures >= kDiskFailuresMax;
    if (why.code == ErrorCode::offset_out_of_range) {
        reset_offset(one, nullptr, why);
    } else if (!tried_enough && (is_retriable(why.code) || retry_after_ms > 0)) {
        one.cursor = WireCursor{};
        one.not_before_ns =
            loop_.now_ns() + std::max(backoff_.delay_ns(one.failures++),
                                      std::int64_t{retry_after_ms} * kNanosPerMilli);
        ask_soon_ = true;
    } else {
        stop(one, why);
    }
}

void IncomingStreamlets::reset_offset(IncomingStreamlet& one, const FetchAnswer::Entry* entry,
                                      const Error& why) {
    if (options_.out_of_range == OutOfRange::fail) {
        stop(one, why);
        return;
    }
    log(LogLevel::info, "offset_reset",
        {{"stream", one.stream}, {"streamlet", one.streamlet}, {"offset", one.next}});
    one.cursor = WireCursor{};
    ask_soon_ = true;
    const bool to_earliest = options_.out_of_range == OutOfRange::earliest;
    if (entry != nullptr) {
        one.next = to_earliest ? entry->start_offset : entry->readable_head;
        return;
    }
    one.start = to_earliest ? StartAt::earliest() : StartAt::latest();
    one.state = IncomingStreamlet::State::resolving;
}

void IncomingStreamlets::begin_term(IncomingStreamlet& one, Term now, Offset end) {
    one.term = now;
    one.state = IncomingStreamlet::State::reading;
    one.cursor = WireCursor{};
    one.failures = 0;
    ask_soon_ = true;
    if (one.next <= end) {
        return;
    }
    if (options_.out_of_range == OutOfRange::fail) {
        stop(one,
             Error{ErrorCode::offset_out_of_range, "end_of_term", end.value(), one.next.value()});
        return;
    }
    log(LogLevel::warn, "records_read_and_lost",
        {{"stream", one.stream},
         {"streamlet", one.streamlet},
         {"from", end},
         {"to", one.next},
         {"term", now}});
    one.next = end;
}

void IncomingStreamlets::stop(IncomingStreamlet& one, const Error& why) {
    one.state = IncomingStreamlet::State::stopped;
    Received& received = inbox_.fresh();
    ReceivedPart part = part_of(one);
    part.from = one.next;
    part.error = why;
    received.parts.push_back(part);
    inbox_.deliver(received);
}

ReceivedPart IncomingStreamlets::part_of(const IncomingStreamlet& one) const {
    ReceivedPart part;
    part.stream = one.stream;
    part.streamlet = one.streamlet;
    part.assignment = static_cast<std::uint32_t>(&one - streamlets_.data());
    part.generation = one.generation;
    return part;
}

std::uint32_t IncomingStreamlets::add_parts(DataWalk& walk, std::uint32_t data_bytes,
                                            std::uint32_t index, Offset readable_head,
                                            Received& received) const {
    const IncomingStreamlet& one = streamlets_[index];
    ReceivedPart part = part_of(one);
    part.from = one.next;
    part.readable_head = readable_head;
    while (data_bytes > 0) {
        part.chunks = walk.take(data_bytes);
        if (part.chunks.empty()) {
            break;
        }
        received.parts.push_back(part);
        received.data_bytes += part.chunks.size();
        data_bytes -= static_cast<std::uint32_t>(part.chunks.size());
        part.from = kContinues;
    }
    return data_bytes;
}

}  // namespace kera
