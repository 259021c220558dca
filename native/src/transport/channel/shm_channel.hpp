// The shared memory of one established connection: the memory that we write, the memory that the
// peer writes, the regions that references may name, and what is lent to the peer. Thread: the
// transport's. Owns the mappings; messages that lie in them share the channel. Invariant: a
// reference from the peer is checked against the region it names before it becomes a span.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "transport/channel/lease_table.hpp"
#include "transport/channel/ring_receiver.hpp"
#include "transport/channel/ring_sender.hpp"
#include "transport/channel/shared_memory.hpp"
#include "transport/channel/shm_handshake.hpp"
#include "transport/transport.hpp"

namespace kera {

// By the number that references carry: the send memory first, then the node's regions.
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

    // Of a client; empty at a node.
    std::span<std::byte> send_memory() const;

    // At a node: the client can map these regions, so our references may name them.
    void lend_regions(const ShmRegions& lendable) { lendable_ = lendable; }
    // At a client: maps the regions of its node, so its references may name them. Fails when the
    // node did not keep to the protocol, or the system does not map them.
    Result<void> map_regions(const ShmRegionTable& table, std::vector<FileDescriptor> descriptors);
    bool regions_mapped() const { return !regions_.empty(); }

    // How our messages refer to these bytes; empty when the peer cannot see them.
    std::optional<ShmReference> reference_to(const IoSpan& span) const;
    // The bytes that a reference of the peer names. malformed: there are no such bytes.
    Result<Fragment> resolve(const ShmReference& reference) const;

    // A message that refers to the peer's memory has come; its ticket is held until given back.
    Result<void> hold_ticket();
    void give_back(std::uint64_t ticket) noexcept;

    // The peer has given back tickets that were not taken yet.
    bool releases_pending() const {
        return peer_control().release_tail.load(std::memory_order_seq_cst) != releases_taken_;
    }
    Result<void> take_releases(std::vector<Token>& released);

    // We published something: a peer that sleeps must be woken.
    void mark_published() { published_ = true; }
    // True once after something was published, when the peer sleeps. The caller wakes it.
    bool take_wake_due();

    // Tells the peer whether we sleep.
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
    std::vector<SharedMemory> regions_;  // at a client: those of its node
    RingSender sender_;
    RingReceiver receiver_;
    LeaseTable leases_;
    std::uint64_t releases_taken_ = 0;
    std::uint64_t releases_given_ = 0;
    std::uint32_t tickets_held_ = 0;
    bool published_ = false;  // and the peer may not have been woken
};

}  // namespace kera
