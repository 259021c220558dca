// A frame in flight in a SimNet, which becomes a received message; and the loan of the body from
// which it was copied. Thread: the simulation's. Invariants: a message that was given back is
// overwritten, so that a late reader reads nonsense; a loan ends the process if its bytes have
// changed before its release, because that is the sender's bug.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "transport/inbound.hpp"
#include "transport/transport.hpp"

namespace kera {

class SimMessage final : public InboundOwner {
  public:
    // `in_pieces`: the head and each span become fragments of their own.
    SimMessage(std::span<const std::byte> head, std::span<const IoSpan> body, bool in_pieces);

    std::uint64_t bytes() const { return bytes_.size(); }
    // What its header says.
    std::uint32_t announced_bytes() const;

    // The Inbound owns the message from here on.
    static Inbound hand_over(std::unique_ptr<SimMessage> message);
    void give_back(std::uint64_t ticket) noexcept override;

  private:
    std::vector<std::byte> bytes_;
    std::vector<Fragment> fragments_;
    std::unique_ptr<SimMessage> self_;  // while an Inbound has it
};

class SimLoan {
  public:
    SimLoan() = default;
    SimLoan(std::span<const IoSpan> body, Token token);

    Token token() const { return token_; }
    void check_untouched() const;

  private:
    std::uint32_t crc_now() const;

    Token token_ = kNoToken;
    std::vector<IoSpan> body_;
    std::uint32_t crc_ = 0;
};

}  // namespace kera
