// Which subscription belongs to whom, so that a push frame goes to its reader at once.
// Thread: the loop's. Borrows the owners, each until it closes its subscriptions. Invariant: the
// number of a subscription is never given again, so a late frame reaches nobody.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "transport/inbound.hpp"
#include "wire/message/consume_messages.hpp"

namespace kera {

// Whoever subscribed; gets what the broker pushes.
class SubscriptionOwner {
  public:
    // `cookie` as it was given to open().
    virtual void on_push(std::uint32_t cookie, const Push& push, Inbound& message) = 0;

  protected:
    ~SubscriptionOwner() = default;
};

class SubscriptionTable {
  public:
    // The number of a new subscription, by which the broker will name it.
    std::int64_t open(SubscriptionOwner& owner, std::uint32_t cookie);
    void close(std::int64_t subscription) noexcept { owners_.erase(subscription); }

    // False: no push frame, or one of a subscription that is not open.
    bool deliver(const FrameView& frame, Inbound& message);

  private:
    struct Entry {
        SubscriptionOwner* owner;
        std::uint32_t cookie;
    };

    std::unordered_map<std::int64_t, Entry> owners_;
    std::int64_t last_ = 0;
};

}  // namespace kera
