// Question and answer. See term_checks.hpp.
#include "client/consume/term_checks.hpp"

#include "base/log.hpp"
#include "wire/message/consume_messages.hpp"

namespace kera {

void TermChecks::ask(std::uint32_t index, std::int64_t now_ns) {
    IncomingStreamlet& one = streamlets_[index];
    if (loop_.connection().request_room() <= 1) {
        streamlets_.ask_soon();
        return;
    }
    const EndOfTerm message{one.stream, one.streamlet, one.term};
    const Result<void> asked = loop_.connection().request(
        message, {this, AskedStreamlet{index, one.generation}.to_cookie(),
                  now_ns + options_.request_timeout_ns});
    one.asked = asked.ok();
    if (!asked.ok()) {
        streamlets_.ask_soon();
    }
}

void TermChecks::shut_down() {
    loop_.connection().forget(*this);
}

void TermChecks::on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) {
    static_cast<void>(message);
    const AskedStreamlet asked = AskedStreamlet::from_cookie(cookie);
    if (!streamlets_.awaits(asked)) {
        return;
    }
    IncomingStreamlet& one = streamlets_[asked.index];
    one.asked = false;
    const Result<EndOfTermAnswer> answer = EndOfTermAnswer::decode(frame);
    if (!answer) {
        loop_.connection().restart(answer.error());
        return;
    }
    streamlets_.begin_term(one, answer->now, answer->end);
}

void TermChecks::on_request_failed(std::uint64_t cookie, const Error& why,
                                   std::uint32_t retry_after_ms) {
    streamlets_.ask_soon();
    const AskedStreamlet asked = AskedStreamlet::from_cookie(cookie);
    if (!streamlets_.awaits(asked)) {
        return;
    }
    IncomingStreamlet& one = streamlets_[asked.index];
    one.asked = false;
    if (why.code != ErrorCode::stale_term) {
        streamlets_.refuse(one, why, retry_after_ms);
        return;
    }
    // The broker has never seen our term: its data is older than what we have read.
    log(LogLevel::warn, "term_went_back",
        {{"stream", one.stream},
         {"streamlet", one.streamlet},
         {"term", one.term},
         {"broker_term", why.limit}});
    streamlets_.begin_term(one, Term(static_cast<std::int32_t>(why.limit)), one.next);
}

}  // namespace kera
