// Subscribes, credits and pushes. The hot path is on_head_moved, pump, push. Belongs to one
// reactor's thread.
#include "broker/read/subscriptions.hpp"

#include <algorithm>
#include <limits>

namespace kera {

namespace {

// Bytes of one push frame: few enough to keep others waiting only briefly.
constexpr std::int64_t kPushBytesMax = 1 << 20;

}  // namespace

class Subscriptions::Subscription final : public HeadWaiter {
  public:
    Subscription(Subscriptions& owner, const Key& name, const Subscribe& asked, StreamletView& of)
        : all(owner),
          key(name),
          view(&of),
          offset(asked.offset),
          term(asked.term),
          credit(asked.credit_bytes) {}

    void on_head_moved() override { all.pump(*this); }
    // Also without credit: a push that never comes would look like a stream without data.
    void on_leadership_told(StreamletView&) override {
        if (const Result<void> leads = view->check_leads_in(term); !leads.ok()) {
            all.end(*this, leads.error(), offset);
        }
    }
    void on_stream_dropped(StreamletView&) override {
        view = nullptr;
        all.end(*this, fail(ErrorCode::unknown_stream, "stream_deleted"), offset);
    }

    Subscriptions& all;
    Key key;
    // Null once the stream is dropped.
    StreamletView* view;
    Cursor cursor;
    Offset offset;
    Term term;
    std::int64_t credit;
};

Subscriptions::Subscriptions(const Parts& parts) : parts_(parts) {}

Subscriptions::~Subscriptions() = default;

void Subscriptions::on_subscribe(const Requester& requester, const FrameView& frame) {
    const Result<Subscribe> asked = Subscribe::decode(frame);
    const Result<void> begun =
        asked.ok() ? subscribe(requester, *asked) : Result<void>(asked.error());
    if (!begun.ok()) {
        parts_.answers.refuse(requester, begun.error());
        return;
    }
    parts_.answers.send(requester, DoneAnswer{asked->subscription});
    pump(*all_.at({requester.connection, asked->subscription}));
}

Result<void> Subscriptions::subscribe(const Requester& requester, const Subscribe& asked) {
    KERA_TRY_ASSIGN(StreamletView * view, parts_.streams.find(asked.stream, asked.streamlet));
    KERA_TRY(view->check_leads_in(asked.term));
    if (asked.credit_bytes < 0 || asked.credit_bytes > parts_.config.limits.credit_bytes_max) {
        return fail(ErrorCode::limit_exceeded, "credit_bytes",
                    parts_.config.limits.credit_bytes_max, asked.credit_bytes);
    }
    if (all_.size() >= parts_.config.limits.subscriptions_max) {
        return fail(ErrorCode::limit_exceeded, "subscriptions",
                    parts_.config.limits.subscriptions_max,
                    static_cast<std::int64_t>(all_.size()) + 1);
    }
    const Streamlet& streamlet = view->streamlet();
    if (asked.offset < streamlet.start_offset() || asked.offset > streamlet.next_offset()) {
        return fail(ErrorCode::offset_out_of_range, "offset",
                    asked.offset < streamlet.start_offset() ? streamlet.start_offset().value()
                                                            : streamlet.next_offset().value(),
                    asked.offset.value());
    }
    const Key key{requester.connection, asked.subscription};
    if (all_.contains(key)) {
        return fail(ErrorCode::invalid_argument, "subscription_id", 0, asked.subscription);
    }
    auto subscription = std::make_unique<Subscription>(*this, key, asked, *view);
    parts_.streams.wait(*view, *subscription);
    all_.emplace(key, std::move(subscription));
    return {};
}

void Subscriptions::pump(Subscription& subscription) {
    const Key key = subscription.key;
    Session* session = parts_.sessions.find(key.first);
    while (session != nullptr && session->writable() && subscription.credit > 0) {
        if (!push(*session, subscription)) {
            return;
        }
    }
}

// False when there is nothing to push now, or when the subscription has ended.
bool Subscriptions::push(Session& session, Subscription& subscription) {
    Streamlet& streamlet = subscription.view->streamlet();
    const auto bytes_max = static_cast<std::uint32_t>(std::min(subscription.credit, kPushBytesMax));
    Result<ReadOutcome> outcome =
        Reader(streamlet).read(subscription.cursor, subscription.offset, bytes_max, read_spans_);
    if (!outcome.ok()) {
        end(subscription, outcome.error(), subscription.offset);
        return false;
    }
    if (outcome->bytes == 0) {
        subscription.offset = outcome->next_offset;
        if (outcome->needs_load) {
            if (const auto why = parts_.loads.failure(*outcome->needs_load, subscription.offset)) {
                end(subscription, *why, Offset(why->limit));
                return false;
            }
            parts_.loads.want(std::move(outcome->needs_load), subscription);
        }
        return false;
    }
    const std::uint32_t room_bytes = parts_.config.limits.frame_bytes_max - Push::kHeadBytes;
    if (outcome->bytes > room_bytes) [[unlikely]] {
        read_spans_.clear();
        end(subscription, fail(ErrorCode::limit_exceeded, "push_bytes", room_bytes, outcome->bytes),
            subscription.offset);
        return false;
    }
    Push push;
    push.subscription = subscription.key.second;
    push.next_offset = outcome->next_offset;
    push.start_offset = streamlet.start_offset();
    push.readable_head = streamlet.readable_head();
    push.data_bytes = outcome->bytes;
    push.encode(buffer_);
    send_spans_.clear();
    send_spans_.take(read_spans_);
    if (parts_.sender.send(session, buffer_.frame(), send_spans_) != SendOutcome::sent) {
        // The next read searches by the offset.
        subscription.cursor = Cursor();
        return false;
    }
    subscription.offset = outcome->next_offset;
    subscription.credit -= outcome->bytes;
    return true;
}

void Subscriptions::on_credit(const Session& session, const FrameView& frame) {
    const Result<Credit> credit = Credit::decode(frame);
    if (!credit.ok() || credit->credit_bytes < 0) {
        return;
    }
    const auto found = all_.find({session.id(), credit->subscription});
    if (found == all_.end()) {
        return;
    }
    Subscription& subscription = *found->second;
    const std::int64_t most = parts_.config.limits.credit_bytes_max;
    subscription.credit =
        std::min(most, subscription.credit + std::min(credit->credit_bytes, most));
    pump(subscription);
}

void Subscriptions::on_unsubscribe(const Requester& requester, const FrameView& frame) {
    const Result<Unsubscribe> asked = Unsubscribe::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
        return;
    }
    const Key key{requester.connection, asked->subscription};
    if (!all_.contains(key)) {
        parts_.answers.refuse(requester, fail(ErrorCode::invalid_argument, "subscription_id", 0,
                                              asked->subscription));
        return;
    }
    forget(key);
    parts_.answers.send(requester, DoneAnswer{asked->subscription});
}

void Subscriptions::end(Subscription& subscription, const Error& why, Offset readable_from) {
    Push last;
    last.subscription = subscription.key.second;
    last.next_offset = std::max(subscription.offset, readable_from);
    last.code = why.code;
    last.encode(buffer_);
    if (Session* session = parts_.sessions.find(subscription.key.first)) {
        session->send(buffer_.frame());
    }
    forget(subscription.key);
}

void Subscriptions::forget(const Key& key) {
    const auto found = all_.find(key);
    Subscription& subscription = *found->second;
    if (subscription.view != nullptr) {
        parts_.streams.stop_waiting(*subscription.view, subscription);
    }
    parts_.loads.stop_waiting(subscription);
    all_.erase(found);
}

void Subscriptions::on_writable(ConnectionId connection) {
    auto at = all_.lower_bound({connection, std::numeric_limits<std::int64_t>::min()});
    while (at != all_.end() && at->first.first == connection) {
        // pump() may end this subscription, but no other.
        Subscription& subscription = *(at++)->second;
        pump(subscription);
    }
}

void Subscriptions::on_session_closed(ConnectionId connection) {
    auto at = all_.lower_bound({connection, std::numeric_limits<std::int64_t>::min()});
    while (at != all_.end() && at->first.first == connection) {
        const Key key = (at++)->first;
        forget(key);
    }
}

}  // namespace kera
