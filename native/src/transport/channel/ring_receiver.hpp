// Reads records from the ring in the peer's memory, which the peer may be changing while we read.
// Thread: the transport's. Borrows both memories. Invariants: lengths and counts are loaded once,
// into private memory, and checked there against what was published; after an error nothing more is
// read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.hpp"
#include "transport/channel/shm_layout.hpp"

namespace kera {

struct ShmRecord {
    ShmRecordHeader header;
    std::array<ShmReference, kShmReferencesMax> references;  // the first header.reference_count
    const std::byte* inline_bytes = nullptr;  // in the peer's memory: copy, then look
};

class RingReceiver {
  public:
    RingReceiver(std::byte* own_memory, const std::byte* peer_memory, std::uint32_t ring_bytes);

    // Whether the peer has published more than we have read.
    bool pending() const {
        // Pairs with the sender's store; sequentially consistent for the sake of `parked`.
        return peer_.tail.load(std::memory_order_seq_cst) != head_;
    }

    // The next record, not yet consumed. False: there is none.
    Result<bool> next(ShmRecord& record);

    // The record that next() gave has been copied; its bytes may be overwritten after
    // publish_head().
    void consume(const ShmRecord& record) { head_ += record.header.record_bytes; }
    // True when the peer got room by it.
    bool publish_head();

  private:
    Result<void> check(const ShmRecordHeader& header, std::uint64_t available) const;

    ShmControl& own_;
    const ShmControl& peer_;
    const std::byte* ring_;
    std::uint32_t ring_bytes_;
    std::uint64_t head_ = 0;
    std::uint64_t published_head_ = 0;
    std::uint64_t tail_ = 0;  // the peer's, as last seen
};

}  // namespace kera
