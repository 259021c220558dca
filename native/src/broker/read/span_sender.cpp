#include "broker/read/span_sender.hpp"

#include "base/check.hpp"
#include "base/log.hpp"

namespace kera {

SendOutcome SpanSender::send(Session& session, Bytes head, SendSpans& spans) {
    const Token token = hold(spans);
    const SendOutcome outcome = session.send_body(head, spans.body, token);
    if (outcome == SendOutcome::sent) {
        counters_.fetch_bytes.add(spans.bytes);
    } else {
        on_released(token);
    }
    spans.clear();
    return outcome;
}

Token SpanSender::hold(SendSpans& spans) {
    if (free_.empty()) {
        free_.push_back(slots_.size());
        slots_.emplace_back();
    }
    const std::size_t at = free_.back();
    free_.pop_back();
    slots_[at].swap(spans.spans);
    ++held_;
    return at + 1;
}

void SpanSender::on_released(Token token) noexcept {
    KERA_ASSERT(token != kNoToken && token <= slots_.size());
    slots_[token - 1].clear();
    free_.push_back(token - 1);
    --held_;
}

void SpanSender::on_too_slow(const Session& session, const Error& why) {
    counters_.errors.add();
    log(LogLevel::warn, "reader_too_slow", {{"connection", session.id()}, {"error", why}});
}

}  // namespace kera
