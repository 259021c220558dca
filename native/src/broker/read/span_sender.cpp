#include "broker/read/span_sender.hpp"

#include "base/check.hpp"
#include "base/log.hpp"

namespace kera {

namespace {

// Empties the spans also when something is thrown: the next frame is gathered into the same ones.
struct ClearAtEnd {
    SendSpans& spans;
    ~ClearAtEnd() { spans.clear(); }
};

}  // namespace

SendOutcome SpanSender::send(Session& session, Bytes head, SendSpans& spans) {
    const ClearAtEnd clear_at_end{spans};
    const Token token = hold(spans);
    const SendOutcome outcome = session.send_body(head, spans.body, token);
    if (outcome == SendOutcome::sent) {
        counters_.fetch_bytes.add(spans.bytes);
    } else {
        on_released(token);
    }
    return outcome;
}

Token SpanSender::hold(SendSpans& spans) {
    if (free_.empty()) {
        // Room for all of them, so that on_released() never allocates.
        free_.reserve(slots_.size() + 1);
        slots_.emplace_back();
        free_.push_back(slots_.size() - 1);
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
