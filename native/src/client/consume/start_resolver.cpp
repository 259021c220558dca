// Question and answer. See start_resolver.hpp.
#include "client/consume/start_resolver.hpp"

#include "client/session/loop.hpp"

namespace kera {

namespace {

std::int64_t timestamp_of(const StartAt& start) {
    switch (start.kind) {
        case StartAt::Kind::earliest:
            return ListOffsets::kEarliest;
        case StartAt::Kind::latest:
            return ListOffsets::kLatest;
        case StartAt::Kind::offset:
        case StartAt::Kind::time:
            break;
    }
    return start.value;
}

}  // namespace

void StartResolver::ask(std::uint32_t index, std::int64_t now_ns) {
    IncomingStreamlet& one = streamlets_[index];
    if (loop_.connection().request_room() <= 1) {
        streamlets_.ask_soon();
        return;
    }
    ListOffsets message;
    message.stream = one.stream;
    message.streamlet = one.streamlet;
    message.timestamp_ms = timestamp_of(one.start);
    const Result<void> asked = loop_.connection().request(
        message, {this, AskedStreamlet{index, one.generation}.to_cookie(),
                  now_ns + options_.request_timeout_ns});
    one.asked = asked.ok();
    if (!asked.ok()) {
        streamlets_.ask_soon();
    }
}

void StartResolver::shut_down() {
    loop_.connection().forget(*this);
}

void StartResolver::on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) {
    static_cast<void>(message);
    const AskedStreamlet asked = AskedStreamlet::from_cookie(cookie);
    IncomingStreamlet& one = streamlets_[asked.index];
    if (one.generation != asked.generation || one.state != IncomingStreamlet::State::resolving) {
        return;
    }
    one.asked = false;
    const Result<ListOffsetsAnswer> answer = ListOffsetsAnswer::decode(frame);
    if (!answer) {
        loop_.connection().restart(answer.error());
        return;
    }
    one.next = answer->offset;
    one.state = IncomingStreamlet::State::reading;
    one.failures = 0;
    streamlets_.ask_soon();
}

void StartResolver::on_request_failed(std::uint64_t cookie, const Error& why,
                                      std::uint32_t retry_after_ms) {
    streamlets_.ask_soon();
    const AskedStreamlet asked = AskedStreamlet::from_cookie(cookie);
    if (streamlets_.awaits(asked)) {
        streamlets_[asked.index].asked = false;
        streamlets_.refuse(streamlets_[asked.index], why, retry_after_ms);
    }
}

}  // namespace kera
