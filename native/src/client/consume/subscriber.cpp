// Subscriptions, pushes and credit. See subscriber.hpp.
#include "client/consume/subscriber.hpp"

#include <algorithm>
#include <utility>

#include "client/session/loop.hpp"

namespace kera {

namespace {

// Of a request whose outcome nobody waits for.
constexpr std::uint64_t kNobodyWaits = UINT64_MAX;

}  // namespace

Subscriber::~Subscriber() {
    loop_.connection().forget(*this);
    for (IncomingStreamlet& one : streamlets_) {
        forget(one);
    }
}

void Subscriber::subscribe(std::uint32_t index, std::int64_t now_ns) {
    IncomingStreamlet& one = streamlets_[index];
    if (loop_.connection().request_room() <= 1) {
        streamlets_.ask_soon();
        return;
    }
    Subscribe message;
    message.subscription = loop_.subscriptions().open(*this, index);
    message.stream = one.stream;
    message.streamlet = one.streamlet;
    message.offset = one.next;
    message.credit_bytes =
        std::min(options_.credit_bytes, loop_.connection().greeting().credit_bytes_max);
    const Result<void> asked = loop_.connection().request(
        message, {this, AskedStreamlet{index, one.generation}.to_cookie(),
                  now_ns + options_.request_timeout_ns});
    if (!asked) {
        loop_.subscriptions().close(message.subscription);
        streamlets_.ask_soon();
        return;
    }
    one.asked = true;
    one.subscription = message.subscription;
    one.credit_returned = 0;
}

void Subscriber::unsubscribe(IncomingStreamlet& one) {
    if (one.subscription < 0) {
        return;
    }
    Unsubscribe message;
    message.subscription = one.subscription;
    forget(one);
    // Nothing depends on the answer: pushes that are on their way belong to nobody any more.
    static_cast<void>(loop_.connection().request(
        message, {this, kNobodyWaits, loop_.now_ns() + options_.request_timeout_ns}));
}

void Subscriber::forget(IncomingStreamlet& one) noexcept {
    loop_.subscriptions().close(std::exchange(one.subscription, -1));
    one.credit_returned = 0;
}

void Subscriber::on_read(const Received& received) {
    if (received.parts.empty()) {
        return;
    }
    const ReceivedPart& first = received.parts.front();
    IncomingStreamlet& one = streamlets_[first.assignment];
    if (first.generation == one.generation && first.error.code == ErrorCode::ok) {
        one.credit_returned += static_cast<std::int64_t>(received.data_bytes);
        give_credit(one);
    }
}

void Subscriber::give_credit(IncomingStreamlet& one) {
    if (one.subscription < 0 || one.credit_returned < options_.credit_bytes / 2) {
        return;
    }
    Credit message;
    message.subscription = one.subscription;
    message.credit_bytes = one.credit_returned;
    if (loop_.connection().tell(message).ok()) {
        one.credit_returned = 0;
    }
}

void Subscriber::shut_down() {
    loop_.connection().forget(*this);
    for (IncomingStreamlet& one : streamlets_) {
        unsubscribe(one);
    }
}

void Subscriber::on_push(std::uint32_t index, const Push& push, Inbound& message) {
    IncomingStreamlet& one = streamlets_[index];
    if (push.code != ErrorCode::ok) {
        forget(one);
        one.asked = false;
        streamlets_.ask_soon();
        // Past what cannot be read, where the broker knows that.
        const std::int64_t readable_from =
            push.next_offset > one.next ? push.next_offset.value() : 0;
        streamlets_.refuse(one, Error{push.code, "subscription", readable_from, one.next.value()},
                           0);
        return;
    }
    Received& received = inbox_.fresh();
    DataWalk walk(message, Push::kHeadBytes);
    const std::uint32_t missing =
        streamlets_.add_parts(walk, push.data_bytes, index, push.readable_head, received);
    if (missing > 0 || received.parts.empty() || push.next_offset <= one.next) {
        inbox_.put_back(received);
        loop_.connection().restart(Error{ErrorCode::malformed, "push_data_bytes", 0, missing});
        return;
    }
    one.next = push.next_offset;
    one.failures = 0;
    received.message = std::move(message);
    inbox_.deliver(received);
}

// The subscription stands; what it brings are pushes.
void Subscriber::on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) {
    static_cast<void>(cookie);
    static_cast<void>(frame);
    static_cast<void>(message);
}

void Subscriber::on_request_failed(std::uint64_t cookie, const Error& why,
                                   std::uint32_t retry_after_ms) {
    streamlets_.ask_soon();
    if (cookie == kNobodyWaits) {
        return;
    }
    const AskedStreamlet asked = AskedStreamlet::from_cookie(cookie);
    if (streamlets_.awaits(asked)) {
        IncomingStreamlet& one = streamlets_[asked.index];
        one.asked = false;
        forget(one);
        streamlets_.refuse(one, why, retry_after_ms);
    }
}

}  // namespace kera
