// A transport without a network: the case passes messages in its own memory to the broker and
// counts the answers. So it measures only the broker's work for an append. Thread: the one that
// polls the core. Ownership: offered memory stays the case's until the poll that delivers it
// returns. Invariant: one connection, open from the first poll on.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "transport/transport.hpp"

namespace kera::bench {

class DirectTransport final : public Transport, private InboundOwner {
  public:
    // The frame's head, and a body elsewhere that is treated as memory that a peer can write.
    void offer(Bytes head, Bytes body) { offered_.push_back({head, body}); }
    std::uint64_t answers() const noexcept { return answers_; }
    const std::vector<std::byte>& last_answer() const noexcept { return last_answer_; }
    // Keeps answers, for set-up, or only counts them.
    void keep_answers(bool keep) noexcept { keeps_answers_ = keep; }

    const Capabilities& capabilities() const override { return capabilities_; }
    Result<void> register_memory(const MemoryRegion&) override { return {}; }
    Result<Uri> listen(const Uri& uri) override { return uri; }
    Result<EndpointId> connect(const Uri&) override {
        return fail(ErrorCode::unsupported, "connect");
    }
    SendOutcome send(EndpointId, std::span<const std::byte> frame_head, std::span<const IoSpan>,
                     Token) override {
        ++answers_;
        if (keeps_answers_) {
            last_answer_.assign(frame_head.begin(), frame_head.end());
        }
        return SendOutcome::sent;
    }
    void close(EndpointId, const Error&) override {}
    void allow_large_frames(EndpointId, std::uint32_t) override {}
    int poll(TransportHandler& handler, int message_budget) override;
    std::int64_t next_deadline_ns() const override { return kNoDeadline; }
    bool prepare_park() override { return false; }
    int park_fd() const override { return -1; }
    void wake() override {}

  private:
    static constexpr EndpointId kEndpoint{1};

    void give_back(std::uint64_t) noexcept override {}

    Capabilities capabilities_{72U << 20U, 128, true, true, true, false};
    std::vector<std::array<Fragment, 2>> offered_;
    std::vector<std::byte> last_answer_;
    std::uint64_t answers_ = 0;
    std::size_t delivered_ = 0;
    bool connected_ = false;
    bool keeps_answers_ = true;
};

}  // namespace kera::bench
