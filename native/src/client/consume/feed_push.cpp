// Subscriptions: the broker sends by itself, and every message read gives it credit for more.
// Thread: the loop's. See feed.hpp.
#include <algorithm>

#include "base/check.hpp"
#include "client/consume/data_walk.hpp"
#include "client/consume/feed.hpp"
#include "client/session/loop.hpp"

namespace kera {

void Feed::subscribe(std::uint32_t index, std::int64_t now_ns) {
    Assignment& one = assignments_[index];
    if (loop_.connection().request_room() <= 1) {
        changed_ = true;
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
        message, {this, cookie_of(Kind::subscribe, one.generation, index),
                  now_ns + options_.request_timeout_ns});
    if (!asked) {
        loop_.subscriptions().close(message.subscription);
        changed_ = true;
        return;
    }
    one.asked = true;
    one.subscription = message.subscription;
    one.credit_returned = 0;
}

void Feed::unsubscribe(Assignment& one) {
    if (one.subscription < 0) {
        return;
    }
    Unsubscribe message;
    message.subscription = one.subscription;
    end_subscription(one);
    // Nothing depends on the answer: pushes that are on their way belong to nobody any more.
    const Result<void> asked = loop_.connection().request(
        message,
        {this, cookie_of(Kind::unsubscribe, 0, 0), loop_.now_ns() + options_.request_timeout_ns});
    static_cast<void>(asked);
}

// What the broker still pushes for it reaches nobody.
void Feed::end_subscription(Assignment& one) {
    loop_.subscriptions().close(std::exchange(one.subscription, -1));
}

void Feed::give_credit(Assignment& one) {
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

void Feed::on_push(std::uint32_t index, const Push& push, Inbound& message) {
    Assignment& one = assignments_[index];
    if (push.code != ErrorCode::ok) {
        end_subscription(one);
        one.asked = false;
        changed_ = true;
        // Past what cannot be read, where the broker knows that.
        const std::int64_t readable_from =
            push.next_offset > one.next ? push.next_offset.value() : 0;
        on_refused(index, Error{push.code, "subscription", readable_from, one.next.value()}, 0);
        return;
    }
    Received& received = inbox_.fresh();
    DataWalk walk(message, Push::kHeadBytes);
    std::uint32_t left = push.data_bytes;
    for (Bytes piece = walk.take(left); !piece.empty(); piece = walk.take(left)) {
        ReceivedPart part;
        part.stream = one.stream;
        part.streamlet = one.streamlet;
        part.assignment = index;
        part.generation = one.generation;
        part.chunks = piece;
        part.from = received.parts.empty() ? one.next : kContinues;
        part.readable_head = push.readable_head;
        received.parts.push_back(part);
        received.data_bytes += piece.size();
        left -= static_cast<std::uint32_t>(piece.size());
        if (left == 0) {
            break;
        }
    }
    if (left > 0 || received.parts.empty() || push.next_offset <= one.next) {
        received.data_bytes = 0;
        inbox_.put_back(received);
        loop_.connection().restart(Error{ErrorCode::malformed, "push_data_bytes", 0, left});
        return;
    }
    one.next = push.next_offset;
    one.failures = 0;
    buffered_bytes_ += received.data_bytes;
    received.message = std::move(message);
    inbox_.deliver(received);
}

}  // namespace kera
