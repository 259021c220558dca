// Writes records into the ring in our own memory. Thread: the transport's. Borrows both memories.
// Invariants: one store of the tail publishes a whole record; the peer's head is accepted only
// within what was published.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.hpp"
#include "transport/channel/shm_layout.hpp"
#include "transport/transport.hpp"

namespace kera {

class RingSender {
  public:
    RingSender(std::byte* own_memory, const std::byte* peer_memory, std::uint32_t ring_bytes);

    // A quarter of the ring: so a record and the skip before it always fit into an empty ring.
    std::uint32_t record_bytes_max() const { return ring_bytes_ / 4; }

    static std::uint64_t record_bytes(std::size_t references, std::uint64_t inline_bytes) {
        return sizeof(ShmRecordHeader) + references * sizeof(ShmReference) +
               align_up(inline_bytes, 8U);
    }

    // Both fail when the peer's head is impossible.
    Result<bool> has_room(std::uint64_t record_bytes);
    Result<bool> half_empty();

    // Writes and publishes a record of the header's size; the inline bytes come from `pieces`.
    // REQUIRES: has_room(header.record_bytes) was true.
    void put(const ShmRecordHeader& header, std::span<const ShmReference> references,
             std::span<const IoSpan> pieces);

  private:
    Result<void> refresh_head();
    std::byte* at(std::uint64_t position) const { return ring_ + (position & (ring_bytes_ - 1)); }

    ShmControl& own_;
    const ShmControl& peer_;
    std::byte* ring_;
    std::uint32_t ring_bytes_;
    std::uint64_t tail_ = 0;
    std::uint64_t head_ = 0;  // the peer's, as last loaded
};

}  // namespace kera
