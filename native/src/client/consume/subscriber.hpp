// Push: subscribes to streamlets, takes what the broker sends by itself, and gives it credit for
// more as the application reads. Thread: the loop's. Borrows the loop, the options, the streamlets
// and the inbox. Invariants: at most one subscription for each streamlet; the broker never has more
// credit for one than credit_bytes.
#pragma once

#include <cstdint>

#include "client/consume/incoming_streamlets.hpp"
#include "client/session/request_table.hpp"
#include "client/session/subscription_table.hpp"

namespace kera {

class Subscriber final : private RequestOwner, private SubscriptionOwner {
  public:
    Subscriber(Loop& loop, const ConsumerOptions& options, IncomingStreamlets& streamlets,
               Inbox& inbox) noexcept
        : loop_(loop), options_(options), streamlets_(streamlets), inbox_(inbox) {}
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;
    ~Subscriber();

    // REQUIRES: the streamlet is reading, and may be asked for.
    void subscribe(std::uint32_t index, std::int64_t now_ns);
    // Nothing when there is no subscription.
    void unsubscribe(IncomingStreamlet& one);
    // The session is gone, and its subscription with it.
    void forget(IncomingStreamlet& one) noexcept;
    // The application has read this message to its end.
    void on_read(const Received& received);
    // Ends all subscriptions; answers that are still on their way will be dropped.
    void shut_down();

  private:
    void give_credit(IncomingStreamlet& one);

    void on_push(std::uint32_t index, const Push& push, Inbound& message) override;
    void on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) override;
    void on_request_failed(std::uint64_t cookie, const Error& why,
                           std::uint32_t retry_after_ms) override;

    Loop& loop_;
    const ConsumerOptions& options_;
    IncomingStreamlets& streamlets_;
    Inbox& inbox_;
};

}  // namespace kera
