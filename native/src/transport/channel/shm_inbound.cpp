#include "transport/channel/shm_inbound.hpp"

#include <utility>

namespace kera {

Result<Inbound> ShmInboundPool::make(const std::shared_ptr<ShmChannel>& channel,
                                     MessageBuffer& head, const ShmRecord& record, bool unstable) {
    ShmInbound& inbound = take();
    inbound.fragments_.clear();
    inbound.fragments_.emplace_back(head.data(), record.header.inline_bytes);
    Result<void> held = channel->hold_ticket();
    for (std::size_t index = 0; held.ok() && index < record.header.reference_count; ++index) {
        const auto fragment = channel->resolve(record.references[index]);
        if (fragment.ok()) {
            inbound.fragments_.push_back(*fragment);
        } else {
            held = fragment.error();
        }
    }
    if (!held.ok()) {
        head.drop_reference();
        idle_.push_back(&inbound);
        return held.error();
    }
    inbound.channel_ = channel;
    inbound.head_ = &head;
    return Inbound(inbound, record.header.ticket, inbound.fragments_, unstable);
}

ShmInbound& ShmInboundPool::take() {
    if (idle_.empty()) {
        all_.push_back(std::make_unique<ShmInbound>(*this));
        all_.back()->fragments_.reserve(8);
        return *all_.back();
    }
    ShmInbound& inbound = *idle_.back();
    idle_.pop_back();
    return inbound;
}

void ShmInbound::give_back(std::uint64_t ticket) noexcept {
    channel_->give_back(ticket);
    channel_.reset();
    std::exchange(head_, nullptr)->drop_reference();
    pool_.idle_.push_back(this);
}

}  // namespace kera
