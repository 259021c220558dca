// Subscriptions: the broker pushes chunks as they become readable, as long as the client has given
// it credit. Belongs to one reactor's thread. Sends from segment memory; the spans are held until
// the transport lets go. Invariant: what is pushed follows, without a gap, what was pushed before;
// bytes pushed never exceed the credit by more than one chunk.
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
    // Pushes what may be pushed. May end the subscription.
    void pump(Subscription& subscription);
    bool push(Session& session, Subscription& subscription);
    // `readable_from` is where another subscription could go on.
    void end(Subscription& subscription, const Error& why, Offset readable_from);
    void forget(const Key& key);

    Parts parts_;
    std::map<Key, std::unique_ptr<Subscription>> all_;
    FrameBuffer buffer_;
    SpanList read_spans_{16};
    SendSpans send_spans_;
};

}  // namespace kera
