#include "transport/channel/lease_table.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace kera {

namespace {
constexpr int kSlotBits = 16;
constexpr std::uint64_t kSlotMask = (1ULL << kSlotBits) - 1;
}  // namespace

LeaseTable::LeaseTable(std::uint64_t bytes_max) : bytes_max_(bytes_max), leases_(kShmLeasesMax) {
    free_.reserve(kShmLeasesMax);
    for (std::uint32_t slot = kShmLeasesMax; slot > 0; --slot) {
        free_.push_back(static_cast<std::uint16_t>(slot - 1));
    }
}

std::uint64_t LeaseTable::lend(Token token, std::uint64_t bytes, std::int64_t now_ns) {
    KERA_ASSERT(token != kNoToken && !free_.empty());
    const std::uint16_t slot = free_.back();
    free_.pop_back();
    Lease& lease = leases_[slot];
    lease.token = token;
    lease.bytes = bytes;
    lease.since_ns = now_ns;
    ++lease.generation;
    bytes_ += bytes;
    return (lease.generation << kSlotBits) | slot;
}

Result<Token> LeaseTable::give_back(std::uint64_t ticket) {
    const std::uint64_t slot = ticket & kSlotMask;
    if (slot >= leases_.size() || leases_[slot].token == kNoToken ||
        leases_[slot].generation != ticket >> kSlotBits) {
        return fail(ErrorCode::malformed, "release_ticket", 0, static_cast<std::int64_t>(slot));
    }
    Lease& lease = leases_[slot];
    const Token token = lease.token;
    lease.token = kNoToken;
    bytes_ -= lease.bytes;
    free_.push_back(static_cast<std::uint16_t>(slot));
    return token;
}

void LeaseTable::take_all_back(std::vector<Token>& released) {
    for (std::size_t slot = 0; slot < leases_.size(); ++slot) {
        Lease& lease = leases_[slot];
        if (lease.token != kNoToken) {
            released.push_back(lease.token);
            lease.token = kNoToken;
            free_.push_back(static_cast<std::uint16_t>(slot));
        }
    }
    bytes_ = 0;
}

std::int64_t LeaseTable::oldest_since_ns() const {
    std::int64_t oldest_ns = kNoDeadline;
    for (const Lease& lease : leases_) {
        if (lease.token != kNoToken) {
            oldest_ns = std::min(oldest_ns, lease.since_ns);
        }
    }
    return oldest_ns;
}

}  // namespace kera
