// The bodies that are lent to one peer: sent by reference and not given back yet. Thread: the
// transport's. Invariants: it lies in private memory, so that a peer can neither invent nor repeat
// nor prolong a lease; it is bounded in number and bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "transport/channel/shm_layout.hpp"
#include "transport/transport.hpp"

namespace kera {

class LeaseTable {
  public:
    // A single body may be larger when nothing else is lent.
    explicit LeaseTable(std::uint64_t bytes_max);

    bool has_room(std::uint64_t bytes) const {
        return !free_.empty() && (bytes_ == 0 || bytes_ + bytes <= bytes_max_);
    }

    // Returns the ticket with which the peer gives the body back. REQUIRES: has_room(bytes).
    std::uint64_t lend(Token token, std::uint64_t bytes, std::int64_t now_ns);

    // malformed: nothing is lent with this ticket.
    Result<Token> give_back(std::uint64_t ticket);

    void take_all_back(std::vector<Token>& released);

    std::uint64_t bytes() const { return bytes_; }
    std::size_t count() const { return leases_.size() - free_.size(); }
    // When the oldest lease began; kNoDeadline when nothing is lent.
    std::int64_t oldest_since_ns() const;

  private:
    struct Lease {
        Token token = kNoToken;  // kNoToken: not lent
        std::uint64_t bytes = 0;
        std::uint64_t generation = 0;
        std::int64_t since_ns = 0;
    };

    std::uint64_t bytes_max_;
    std::uint64_t bytes_ = 0;
    std::vector<Lease> leases_;
    std::vector<std::uint16_t> free_;
};

}  // namespace kera
