// Reads records from the ring in the peer's memory, which the peer may change while we read.
// Thread: the transport's. Borrows both memories. Invariants: lengths and counts are loaded once,
// into private memory, and checked there against what was published; after an error nothing more
// is read.
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
    const std::byte* inline_bytes = nullptr;  // in the peer's memory: copy them, then use the copy
};

class RingReceiver {
  public:
    RingReceiver(std::byte* own_memory, const std::byte* peer_memory, std::uint32_t ring_bytes);

    // Whether the peer has published more than we have read.
    bool pending() const {
        // Pairs with the sender's store. Sequentially consistent because of `parked`.
        return peer_.tail.load(std::memory_order_seq_cst) != head_;
    }

    // Reads the next record and does not consume it. False: there is none.
    Result<bool> next(ShmRecord& record);

    // The record from next() has been copied: the peer may overwrite it after publish_head().
    void consume(const ShmRecord& record) { head_ += record.header.record_bytes; }
    // Tells the peer what was consumed. True when that is more than it knew.
    bool publish_head();

  private:
    Result<void> check(const ShmRecordHeader& header, std::uint64_t available) const;

    ShmControl& own_;
    const ShmControl& peer_;
    const std::byte* ring_;
    std::uint32_t ring_bytes_;
    std::uint64_t head_ = 0;
    std::uint64_t published_head_ = 0;
    std::uint64_t tail_ = 0;  // the peer's, as last loaded
};

}  // namespace kera
