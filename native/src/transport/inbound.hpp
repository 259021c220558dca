// A received message: one frame, in one or more fragments, and the claim on the memory it lies in.
// Thread: the transport's. Destroying it gives the memory back to its owner. It may outlive its
// connection, never its transport. Invariants: fragment 0 starts with the frame header, holds the
// whole block with its groups, and never changes; every fragment is aligned to 8 bytes; a chunk
// lies in one fragment, unless the transport's capabilities have `fragments_split_chunks`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace kera {

using Fragment = std::span<const std::byte>;

// The owner of an Inbound's memory. It is told once when the memory is no longer needed.
class InboundOwner {
  public:
    virtual void give_back(std::uint64_t ticket) noexcept = 0;

  protected:
    ~InboundOwner() = default;
};

class Inbound {
  public:
    Inbound() = default;

    // A message in one fragment, which nobody changes any more.
    Inbound(InboundOwner& owner, std::uint64_t ticket, Fragment whole)
        : owner_(&owner), ticket_(ticket), whole_(whole) {}

    // REQUIRES: there is at least one fragment; `fragments` lives until the ticket is given back.
    Inbound(InboundOwner& owner, std::uint64_t ticket, std::span<const Fragment> fragments,
            bool unstable)
        : owner_(&owner),
          ticket_(ticket),
          many_(fragments.data()),
          many_count_(fragments.size()),
          unstable_(unstable) {}

    Inbound(Inbound&& other) noexcept { take(other); }

    Inbound& operator=(Inbound&& other) noexcept {
        if (this != &other) {
            release();
            take(other);
        }
        return *this;
    }

    Inbound(const Inbound&) = delete;
    Inbound& operator=(const Inbound&) = delete;

    ~Inbound() { release(); }

    std::span<const Fragment> fragments() const {
        return many_ != nullptr ? std::span<const Fragment>(many_, many_count_)
                                : std::span<const Fragment>(&whole_, 1);
    }

    Fragment head() const { return fragments().front(); }

    // True when the peer may still change fragments 1 and up: copy them, validate the copy, use it.
    bool unstable() const { return unstable_; }

    std::size_t bytes() const {
        std::size_t sum = 0;
        for (const Fragment& fragment : fragments())
            sum += fragment.size();
        return sum;
    }

    bool empty() const { return owner_ == nullptr; }

    // Returns the memory now instead of at destruction.
    void release() noexcept {
        if (owner_ != nullptr)
            std::exchange(owner_, nullptr)->give_back(ticket_);
    }

  private:
    void take(Inbound& other) noexcept {
        owner_ = std::exchange(other.owner_, nullptr);
        ticket_ = other.ticket_;
        whole_ = std::exchange(other.whole_, {});
        many_ = std::exchange(other.many_, nullptr);
        many_count_ = std::exchange(other.many_count_, 0);
        unstable_ = other.unstable_;
    }

    InboundOwner* owner_ = nullptr;
    std::uint64_t ticket_ = 0;
    Fragment whole_;
    const Fragment* many_ = nullptr;
    std::size_t many_count_ = 0;
    bool unstable_ = false;
};

}  // namespace kera
