// What one peer may be reading of our memory: bodies that were sent by reference and have not been
// given back. Thread: the transport's. Invariants: in private memory, so that a peer cannot invent,
// repeat or prolong a lease; bounded in number and bytes.
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
    // A single larger body is lent when nothing else is.
    explicit LeaseTable(std::uint64_t bytes_max);

    bool has_room(std::uint64_t bytes) const {
        return !free_.empty() && (bytes_ == 0 || bytes_ + bytes <= bytes_max_);
    }

    // The ticket with which the peer gives it back. REQUIRES: has_room(bytes).
    std::uint64_t lend(Token token, std::uint64_t bytes, std::int64_t now_ns);

    // Fails on a ticket that is not out.
    Result<Token> give_back(std::uint64_t ticket);

    void take_all_back(std::vector<Token>& released);

    std::uint64_t bytes() const { return bytes_; }
    std::size_t count() const { return leases_.size() - free_.size(); }
    // kNoDeadline when nothing is out.
    std::int64_t oldest_since_ns() const;

  private:
    struct Lease {
        Token token = kNoToken;  // kNoToken: not out
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
