// Asking the broker who we are. See producer_identity.hpp.
#include "client/send/producer_identity.hpp"

#include <limits>

#include "client/session/loop.hpp"
#include "wire/message/produce_messages.hpp"

namespace kera {

namespace {

constexpr std::int16_t kEpochMax = std::numeric_limits<std::int16_t>::max();

}  // namespace

ProducerIdentity::ProducerIdentity(Loop& loop, const ProducerOptions& options)
    : loop_(loop),
      request_timeout_ns_(options.request_timeout_ns),
      backoff_(options.retry, loop.random()) {
    if (!options.idempotent || options.acks == AckLevel::none) {
        identified_.store(true, std::memory_order_release);
    }
}

ProducerIdentity::~ProducerIdentity() {
    loop_.connection().forget(*this);
}

Result<void> ProducerIdentity::await(std::int64_t deadline_ns) const {
    const bool done = loop_.wait_until(deadline_ns, [this] { return identified() || refused(); });
    if (refused()) {
        return refusal();
    }
    if (!done) {
        return fail(ErrorCode::timed_out, "open_producer");
    }
    return {};
}

void ProducerIdentity::ask(std::int64_t now_ns) {
    Connection& connection = loop_.connection();
    if (now_ns < ask_again_at_ns_ || asking_ || !connection.ready() || refused()) {
        return;
    }
    if (epoch_.value() == kEpochMax) {
        refuse(Error{ErrorCode::limit_exceeded, "producer_epoch", kEpochMax, kEpochMax});
        return;
    }
    OpenProducer message;
    if (identified()) {
        message.producer = id();
        message.epoch = epoch_;
    }
    const Result<void> asked = connection.request(message, {this, 0, now_ns + request_timeout_ns_});
    asking_ = asked.ok();
}

std::int64_t ProducerIdentity::next_ask_ns() const noexcept {
    return asking_ || !loop_.connection().ready() ? kNoDeadline : ask_again_at_ns_;
}

void ProducerIdentity::refuse(const Error& why) {
    if (!refused()) {
        refusal_ = why;
        refused_.store(true, std::memory_order_release);
    }
    if (listener_ != nullptr) {
        listener_->on_producer_refused(why);
    }
}

void ProducerIdentity::on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) {
    static_cast<void>(cookie);
    static_cast<void>(message);
    asking_ = false;
    const Result<OpenProducerAnswer> answer = OpenProducerAnswer::decode(frame);
    if (!answer) {
        loop_.connection().restart(answer.error());
        return;
    }
    id_.store(answer->producer, std::memory_order_relaxed);
    epoch_ = answer->epoch;
    backoff_.reset();
    identified_.store(true, std::memory_order_release);
}

void ProducerIdentity::on_request_failed(std::uint64_t cookie, const Error& why,
                                         std::uint32_t retry_after_ms) {
    static_cast<void>(cookie);
    asking_ = false;
    ask_again_at_ns_ = loop_.now_ns() + backoff_.next_delay_ns();
    // What has ended the session is no answer to this request.
    const bool session_comes_back =
        !loop_.connection().ready() && loop_.connection().state() != Connection::State::closed;
    if (session_comes_back) {
        return;
    }
    if (!is_retriable(why.code) && why.code != ErrorCode::closed && retry_after_ms == 0) {
        refuse(why);
    }
}

}  // namespace kera
