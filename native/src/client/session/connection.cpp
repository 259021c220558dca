// The life of a session. See connection.hpp.
#include "client/session/connection.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "client/session/remote_error.hpp"
#include "wire/frame/templates.hpp"

namespace kera {

namespace {

constexpr std::uint64_t kGreetingCookie = 1;
constexpr std::uint64_t kPingCookie = 2;

// Trying again would not help before somebody has changed something.
bool is_final_refusal(ErrorCode code) {
    return code == ErrorCode::unauthorized || code == ErrorCode::unsupported;
}

}  // namespace

Connection::Connection(Transport& transport, const Clock& clock, Random& random, Uri uri,
                       ConnectionOptions options, SessionListener& listener)
    : transport_(transport),
      clock_(clock),
      uri_(std::move(uri)),
      options_(std::move(options)),
      listener_(listener),
      backoff_(options_.backoff, random),
      requests_(kRequestsBeforeGreeting) {}

void Connection::open() {
    KERA_ASSERT(state_ == State::idle);
    begin_attempt(clock_.now_ns());
}

void Connection::begin_attempt(std::int64_t now_ns) {
    state_ = State::connecting;
    retry_at_ns_ = kNoDeadline;
    attempt_deadline_ns_ = now_ns + options_.connect_timeout_ns;
    const Result<EndpointId> begun = transport_.connect(uri_);
    if (!begun) {
        lose(begun.error());
        return;
    }
    endpoint_ = *begun;
}

void Connection::close(const Error& why) {
    if (state_ == State::closed) {
        return;
    }
    const bool open = state_ == State::connecting || state_ == State::greeting || ready();
    const bool was_ready = ready();
    state_ = State::closed;
    last_error_ = why;
    retry_at_ns_ = attempt_deadline_ns_ = kNoDeadline;
    if (open) {
        transport_.close(std::exchange(endpoint_, EndpointId(-1)), why);
    }
    requests_.fail_all(why);
    if (was_ready) {
        listener_.on_session_lost(why);
    }
}

void Connection::restart(const Error& why) {
    if (state_ == State::connecting || state_ == State::greeting || ready()) {
        break_off(why);
    }
}

// The transport's own report of the end is not waited for: it finds another endpoint, or none.
void Connection::break_off(const Error& why) {
    transport_.close(std::exchange(endpoint_, EndpointId(-1)), why);
    lose(why);
}

void Connection::lose(const Error& why) {
    const bool was_ready = ready();
    endpoint_ = EndpointId(-1);
    last_error_ = why;
    pinging_ = false;
    attempt_deadline_ns_ = kNoDeadline;
    if (is_final_refusal(why.code)) {
        state_ = State::closed;
        log(LogLevel::error, "session_refused", {{"uri", uri_.text()}, {"why", why}});
    } else {
        state_ = State::waiting;
        retry_at_ns_ = clock_.now_ns() + backoff_.next_delay_ns();
    }
    requests_.fail_all(why);
    requests_.set_capacity(kRequestsBeforeGreeting);
    if (was_ready) {
        log(LogLevel::warn, "session_lost", {{"uri", uri_.text()}, {"why", why}});
        listener_.on_session_lost(why);
    }
}

int Connection::poll(std::int64_t now_ns) {
    int work = requests_.expire(now_ns);
    if (heard_) {
        heard_ = false;
        heard_at_ns_ = now_ns;
    }
    if (state_ == State::waiting && now_ns >= retry_at_ns_) {
        begin_attempt(now_ns);
        ++work;
    } else if (now_ns >= attempt_deadline_ns_) {
        break_off(
            Error{ErrorCode::timed_out, "connect_timeout_ns", options_.connect_timeout_ns, 0});
        ++work;
    } else if (ready() && now_ns - heard_at_ns_ >= options_.keep_alive_ns) {
        keep_alive(now_ns);
    }
    return work;
}

std::int64_t Connection::next_deadline_ns() const noexcept {
    std::int64_t next = std::min(requests_.next_deadline_ns(), attempt_deadline_ns_);
    next = std::min(next, retry_at_ns_);
    if (ready() && !pinging_) {
        next = std::min(next, heard_at_ns_ + options_.keep_alive_ns);
    }
    return next;
}

void Connection::keep_alive(std::int64_t now_ns) {
    if (pinging_ || requests_.room() == 0) {
        // A full table says more than a ping: its deadlines tell whether the broker is there.
        return;
    }
    pinging_ = true;
    const Result<void> asked =
        request(Ping{}, {this, kPingCookie, now_ns + options_.keep_alive_ns});
    if (!asked) {
        pinging_ = false;
        heard_at_ns_ = now_ns;
    }
}

void Connection::greet() {
    Hello hello;
    hello.features = options_.features;
    hello.client_name = options_.client_name;
    hello.token = options_.token;
    const std::int64_t correlation = requests_.open({this, kGreetingCookie, attempt_deadline_ns_});
    if (const Result<void> encoded = hello.encode(frame_, correlation); !encoded.ok()) {
        break_off(encoded.error());
        return;
    }
    const SendOutcome sent = transport_.send(endpoint_, frame_.frame(), {}, kNoToken);
    if (sent != SendOutcome::sent) {
        break_off(Error{ErrorCode::disconnected, "hello", 0, 0});
    }
}

void Connection::on_connected() {
    if (state_ != State::connecting) {
        return;
    }
    state_ = State::greeting;
    greet();
}

void Connection::on_disconnected(EndpointId endpoint, const Error& why) {
    if (endpoint == endpoint_ && state_ != State::closed && state_ != State::waiting) {
        lose(why);
    }
}

void Connection::on_writable() {
    if (ready()) {
        listener_.on_session_writable();
    }
}

void Connection::on_message(Inbound&& message) {
    heard_ = true;
    Inbound held = std::move(message);
    const Result<FrameView> frame = FrameView::over(held.head(), frame_bytes_max_);
    if (!frame) {
        break_off(frame.error());
        return;
    }
    const FrameHeader& header = frame->header();
    if (header.template_id == static_cast<std::uint16_t>(Template::error_answer)) {
        on_error_answer(*frame);
        return;
    }
    RequestTable::Request request;
    if (requests_.close(header.correlation_id, request)) {
        request.owner->on_answer(request.cookie, *frame, held);
    } else if (header.correlation_id == kNoCorrelation) {
        listener_.on_push(*frame, held);
    }
}

void Connection::on_error_answer(const FrameView& frame) {
    const Result<ErrorAnswer> answer = ErrorAnswer::decode(frame);
    if (!answer) {
        break_off(answer.error());
        return;
    }
    const Error why = to_error(*answer);
    RequestTable::Request request;
    if (requests_.close(frame.header().correlation_id, request)) {
        request.owner->on_request_failed(request.cookie, why, answer->retry_after_ms);
    } else if (state_ == State::greeting) {
        break_off(why);
    } else if (frame.header().correlation_id == kNoCorrelation) {
        log(LogLevel::warn, "refused", {{"uri", uri_.text()}, {"why", why}});
    }
}

void Connection::on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) {
    static_cast<void>(message);
    if (cookie == kGreetingCookie) {
        on_greeting(frame);
    } else {
        pinging_ = false;
    }
}

void Connection::on_request_failed(std::uint64_t cookie, const Error& why,
                                   std::uint32_t retry_after_ms) {
    static_cast<void>(retry_after_ms);
    const bool open = state_ == State::greeting || ready();
    if (open && (cookie == kGreetingCookie || why.code == ErrorCode::timed_out)) {
        break_off(why);
    }
    pinging_ = false;
}

void Connection::on_greeting(const FrameView& frame) {
    Result<HelloAnswer> answer = HelloAnswer::decode(frame);
    if (!answer) {
        break_off(answer.error());
        return;
    }
    if (answer->version < kProtocolVersionMin || answer->version > kProtocolVersionMax) {
        break_off(Error{ErrorCode::unsupported, "protocol_version", kProtocolVersionMax,
                        answer->version});
        return;
    }
    if (answer->frame_bytes_max < kFrameBytesBeforeHello) {
        break_off(Error{ErrorCode::malformed, "greeting_frame_bytes_max", kFrameBytesBeforeHello,
                        answer->frame_bytes_max});
        return;
    }
    greeting_ = std::move(*answer);
    frame_bytes_max_ = greeting_.frame_bytes_max;
    transport_.allow_large_frames(endpoint_, frame_bytes_max_);
    requests_.set_capacity(std::clamp(greeting_.requests_in_flight_max, 1U, kRequestsMax));
    state_ = State::ready;
    attempt_deadline_ns_ = kNoDeadline;
    heard_at_ns_ = clock_.now_ns();
    backoff_.reset();
    ++sessions_;
    listener_.on_session_ready();
}

Result<void> Connection::may_ask() const {
    if (!ready()) [[unlikely]] {
        return last_error_;
    }
    if (requests_.room() == 0) [[unlikely]] {
        return fail(ErrorCode::would_block, "requests_in_flight", requests_.in_flight(),
                    requests_.in_flight());
    }
    return {};
}

Result<void> Connection::send_frame(std::span<const IoSpan> body, Token token) {
    const SendOutcome sent = transport_.send(endpoint_, frame_.frame(), body, token);
    return outcome(sent);
}

void Connection::forget_unsent(std::int64_t correlation) {
    RequestTable::Request unsent;
    requests_.close(correlation, unsent);
}

Result<void> Connection::outcome(SendOutcome sent) {
    switch (sent) {
        case SendOutcome::sent:
            return {};
        case SendOutcome::again:
            return fail(ErrorCode::would_block, "send");
        case SendOutcome::gone:
            break;
    }
    return fail(ErrorCode::disconnected, "send");
}

}  // namespace kera
