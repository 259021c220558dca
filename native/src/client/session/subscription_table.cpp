// Numbers and delivery. See subscription_table.hpp.
#include "client/session/subscription_table.hpp"

namespace kera {

std::int64_t SubscriptionTable::open(SubscriptionOwner& owner, std::uint32_t cookie) {
    owners_.emplace(++last_, Entry{&owner, cookie});
    return last_;
}

bool SubscriptionTable::deliver(const FrameView& frame, Inbound& message) {
    const Result<Push> push = Push::decode(frame);
    if (!push) {
        return false;
    }
    const auto found = owners_.find(push->subscription);
    if (found == owners_.end()) {
        return false;
    }
    // A copy: the owner may close this subscription, and open others.
    const Entry entry = found->second;
    entry.owner->on_push(entry.cookie, *push, message);
    return true;
}

}  // namespace kera
