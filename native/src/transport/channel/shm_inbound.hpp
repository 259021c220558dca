// A received message that lies partly in the peer's memory: its head was copied, its body is where
// the peer wrote it. Thread: the transport's. Keeps the channel mapped; giving the message back
// gives the peer its memory back. The pool outlives its messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "transport/channel/shm_channel.hpp"
#include "transport/inbound.hpp"
#include "transport/message_buffer.hpp"

namespace kera {

class ShmInboundPool;

class ShmInbound final : public InboundOwner {
  public:
    explicit ShmInbound(ShmInboundPool& pool) : pool_(pool) {}
    ShmInbound(const ShmInbound&) = delete;
    ShmInbound& operator=(const ShmInbound&) = delete;
    ~ShmInbound() = default;

    void give_back(std::uint64_t ticket) noexcept override;

  private:
    friend class ShmInboundPool;

    ShmInboundPool& pool_;
    std::shared_ptr<ShmChannel> channel_;
    MessageBuffer* head_ = nullptr;
    std::vector<Fragment> fragments_;
};

class ShmInboundPool {
  public:
    // Takes over the caller's reference to `head`, also when it fails. malformed: the record refers
    // to memory that is not there.
    Result<Inbound> make(const std::shared_ptr<ShmChannel>& channel, MessageBuffer& head,
                         const ShmRecord& record, bool unstable);

  private:
    friend class ShmInbound;

    ShmInbound& take();

    std::vector<std::unique_ptr<ShmInbound>> all_;
    std::vector<ShmInbound*> idle_;
};

}  // namespace kera
