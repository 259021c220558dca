// The shared memory of one established connection: the memory we write, the one the peer writes,
// the regions that either may refer to, and what is lent either way. Thread: the transport's.
// Ownership: the mappings; shared with the messages that still lie in them. Invariant: a reference
// that comes in is checked against the region it names before it becomes a span.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "transport/shm/lease_table.hpp"
#include "transport/shm/ring_receiver.hpp"
#include "transport/shm/ring_sender.hpp"
#include "transport/shm/shared_memory.hpp"
#include "transport/shm/shm_handshake.hpp"
#include "transport/transport.hpp"

namespace kera {

// By the number that references carry: the send memory first, then the broker's regions.
using ShmRegions = std::array<std::span<const std::byte>, 1 + kShmRegionsMax>;

class ShmChannel {
  public:
    // `lendable`: what our references may name; `readable`: the peer's.
    ShmChannel(SharedMemory own, SharedMemory peer, std::uint32_t ring_bytes,
               const ShmRegions& lendable, const ShmRegions& readable,
               std::uint64_t lease_bytes_max);
    ShmChannel(const ShmChannel&) = delete;
    ShmChannel& operator=(const ShmChannel&) = delete;

    RingSender& sender() { return sender_; }
    RingReceiver& receiver() { return receiver_; }
    const RingReceiver& receiver() const { return receiver_; }
    LeaseTable& leases() { return leases_; }

    // Of a client; empty at a broker.
    std::span<std::byte> send_memory() const;

    // A broker has shown its regions to the client: our references may name them from now on.
    void lend_regions(const ShmRegions& lendable) { lendable_ = lendable; }
    // A client was shown the regions of its broker.
    void see_regions(std::vector<SharedMemory> regions);
    bool sees_regions() const { return !regions_.empty(); }

    std::optional<ShmReference> reference_to(const IoSpan& span) const;
    Result<Fragment> resolve(const ShmReference& reference) const;

    // A message that refers to the peer's memory has come; it counts until given back.
    Result<void> hold_ticket();
    void give_back(std::uint64_t ticket) noexcept;

    // What the peer has given back since the last time.
    bool releases_pending() const {
        return peer_control().release_tail.load(std::memory_order_seq_cst) != releases_taken_;
    }
    Result<void> take_releases(std::vector<Token>& released);

    // Something was published that a sleeping peer must hear of.
    void owe_wake() { wake_owed_ = true; }
    // True when it sleeps; then it is owed nothing any more.
    bool peer_needs_wake();

    void set_parked(bool parked);

  private:
    ShmControl& own_control() { return *reinterpret_cast<ShmControl*>(own_.base()); }
    const ShmControl& peer_control() const {
        return *reinterpret_cast<const ShmControl*>(peer_.base());
    }

    SharedMemory own_;
    SharedMemory peer_;
    std::uint64_t releases_at_;
    ShmRegions lendable_;
    ShmRegions readable_;
    std::vector<SharedMemory> regions_;  // mapped by a client that was shown them
    RingSender sender_;
    RingReceiver receiver_;
    LeaseTable leases_;
    std::uint64_t releases_taken_ = 0;
    std::uint64_t releases_given_ = 0;
    std::uint32_t tickets_held_ = 0;
    bool wake_owed_ = false;
};

}  // namespace kera
