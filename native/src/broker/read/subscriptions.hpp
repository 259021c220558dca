// Subscriptions: the broker pushes chunks when they become readable, as long as the client has
// given it credit. Belongs to one reactor's thread. Sends from segments. Invariants: a push follows
// the one before without a gap; pushed bytes exceed the credit by at most one chunk.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "broker/config/core_config.hpp"
#include "broker/metrics/counter_sets.hpp"
#include "broker/read/segment_loads.hpp"
#include "broker/read/span_sender.hpp"
#include "broker/session/answers.hpp"
#include "broker/session/session_table.hpp"
#include "broker/stream/stream_table.hpp"
#include "storage/read/reader.hpp"
#include "wire/message/consume_messages.hpp"

namespace kera {

class Subscriptions {
  public:
    struct Parts {
        const CoreConfig& config;
        SessionTable& sessions;
        StreamTable& streams;
        SegmentLoads& loads;
        SpanSender& sender;
        Answers& answers;
    };

    explicit Subscriptions(const Parts& parts);
    Subscriptions(const Subscriptions&) = delete;
    Subscriptions& operator=(const Subscriptions&) = delete;
    ~Subscriptions();

    void on_subscribe(const Requester& requester, const FrameView& frame);
    void on_unsubscribe(const Requester& requester, const FrameView& frame);
    void on_credit(const Session& session, const FrameView& frame);
    void on_writable(ConnectionId connection);
    void on_session_closed(ConnectionId connection);
    std::size_t size() const noexcept { return all_.size(); }

  private:
    class Subscription;
    using Key = std::pair<ConnectionId, std::int64_t>;

    Result<void> subscribe(const Requester& requester, const Subscribe& subscribe);
    // Pushes as much as possible. May end the subscription.
    void pump(Subscription& subscription);
    bool push(Session& session, Subscription& subscription);
    // `readable_from` is the offset where another subscription can begin.
    void end(Subscription& subscription, const Error& why, Offset readable_from);
    void forget(const Key& key);

    Parts parts_;
    std::map<Key, std::unique_ptr<Subscription>> all_;
    FrameBuffer buffer_;
    SpanList read_spans_{16};
    SendSpans send_spans_;
};

}  // namespace kera
