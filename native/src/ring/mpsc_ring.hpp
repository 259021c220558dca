// A ring from many producers to one consumer, in C++ or Java (Agrona's ManyToOneRingBuffer).
// Thread: any may claim, commit, abort and write; only the consumer's may read and unblock.
// The memory is the caller's and outlives the ring; it is zeroed, or a ring already in use.
// Producers are trusted. Even so, the consumer reports a wrong record and never follows it.
// Invariant: memory from tail to head + size is zero, so a length of 0 means "nothing written yet".
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "ring/ring_layout.hpp"
#include "ring/ring_record.hpp"

namespace kera {

class MpscRing {
  public:
    explicit MpscRing(const RingLayout& layout) noexcept;
    MpscRing(const MpscRing&) = delete;
    MpscRing& operator=(const MpscRing&) = delete;

    // Empty when there is no room. Commit or abort every claim soon: the consumer waits at it.
    // REQUIRES: 0 <= message_bytes <= message_bytes_max(), type >= 1.
    std::optional<RingClaim> claim(std::int32_t message_bytes, std::int32_t type) noexcept;
    // False when unblock() has skipped the claim: the message is not in the ring.
    [[nodiscard]] bool commit(const RingClaim& claim) noexcept;
    void abort(const RingClaim& claim) noexcept { abort_claim(claim); }
    // False when there is no room, or when commit() returns false.
    bool write(std::int32_t type, std::span<const std::byte> message) noexcept;

    // See SpscConsumer::read().
    template <class Handler>
    Result<int> read(Handler&& handler, int limit = std::numeric_limits<int>::max()) {
        const std::int64_t before = head();
        const Result<int> messages = read_to_end(handler, limit);
        const bool only_padding = messages.ok() && *messages == 0 && head() != before;
        return only_padding && index_of(head()) == 0 ? read_to_end(handler, limit) : messages;
    }
    bool ready() const noexcept;

    // Turns the claim at the head into padding, because its producer has died. Call it when the
    // head has not moved, below the tail, for longer than a living producer needs.
    bool unblock() noexcept;

    std::int32_t message_bytes_max() const noexcept { return message_bytes_max_; }
    std::int64_t head() const noexcept {
        return ring_int64(layout_.head).load(std::memory_order_acquire);
    }
    std::int64_t tail() const noexcept {
        return ring_int64(layout_.tail).load(std::memory_order_acquire);
    }

    // Unique in this ring. Any thread.
    std::int64_t next_correlation_id() noexcept {
        return ring_int64(layout_.correlation).fetch_add(1, std::memory_order_relaxed);
    }
    // The consumer shows that it lives, in any unit of time that both sides agree on.
    void beat(std::int64_t time) noexcept {
        ring_int64(layout_.heartbeat).store(time, std::memory_order_release);
    }
    std::int64_t heartbeat() const noexcept {
        return ring_int64(layout_.heartbeat).load(std::memory_order_acquire);
    }

  private:
    template <class Handler>
    Result<int> read_to_end(Handler& handler, int limit) {
        const std::int64_t head = ring_int64(layout_.head).load(std::memory_order_relaxed);
        std::byte* const begin = layout_.data + index_of(head);
        std::int32_t consumed = 0;
        const Result<int> messages = read_records(begin, layout_.data_bytes - index_of(head),
                                                  message_bytes_max_, handler, limit, consumed);
        if (consumed > 0) {
            zero_bytes(begin, static_cast<std::size_t>(consumed));
            // Release, pairs with the acquires in claim_bytes(): producers find zeros.
            ring_int64(layout_.head).store(head + consumed, std::memory_order_release);
        }
        return messages;
    }
    std::byte* claim_bytes(std::int32_t aligned_bytes) noexcept;
    std::int32_t index_of(std::int64_t position) const noexcept {
        return static_cast<std::int32_t>(position & (layout_.data_bytes - 1));
    }

    const RingLayout layout_;
    const std::int32_t message_bytes_max_;
};

}  // namespace kera
