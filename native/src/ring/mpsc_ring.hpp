// A ring from many producers to one consumer, in C++ or Java (Agrona's ManyToOneRingBuffer).
// claim, commit, abort and write: any thread; read and unblock: the consumer's thread.
// The memory is the caller's and outlives the ring; it may be zeroed or in use already. Producers
// are trusted not to be hostile, yet an unsound record is reported and never followed.
// Invariant: memory between tail and head + size is zero, so a length of 0 means "claimed, nothing
// written yet" and positive always means published.
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
    explicit MpscRing(const RingPlaces& places) noexcept;
    MpscRing(const MpscRing&) = delete;
    MpscRing& operator=(const MpscRing&) = delete;

    // Nothing when there is no room. Every claim must be committed or aborted soon: the consumer
    // does not get past it. REQUIRES: 0 <= message_bytes <= message_bytes_max(), type >= 1.
    std::optional<RingClaim> claim(std::int32_t message_bytes, std::int32_t type) noexcept;
    // False when unblock() has skipped the claim meanwhile: the message is not in the ring.
    [[nodiscard]] bool commit(const RingClaim& claim) noexcept;
    void abort(const RingClaim& claim) noexcept { abort_claim(claim); }
    // False when there is no room, or as commit().
    bool write(std::int32_t type, std::span<const std::byte> message) noexcept;

    // As SpscConsumer::read.
    template <class Handler>
    Result<int> read(Handler&& handler, int limit = std::numeric_limits<int>::max()) {
        const std::int64_t before = head();
        const Result<int> messages = read_to_end(handler, limit);
        const bool only_padding = messages.ok() && *messages == 0 && head() != before;
        return only_padding && index_of(head()) == 0 ? read_to_end(handler, limit) : messages;
    }
    bool ready() const noexcept;

    // Turns the claim at the head, whose producer has died, into padding. The consumer calls it
    // when the head has stood still below the tail for longer than any live producer takes.
    bool unblock() noexcept;

    std::int32_t message_bytes_max() const noexcept { return message_bytes_max_; }
    std::int64_t head() const noexcept {
        return ring_int64(places_.head).load(std::memory_order_acquire);
    }
    std::int64_t tail() const noexcept {
        return ring_int64(places_.tail).load(std::memory_order_acquire);
    }

    // Unique in this ring; any thread.
    std::int64_t next_correlation_id() noexcept {
        return ring_int64(places_.correlation).fetch_add(1, std::memory_order_relaxed);
    }
    // The consumer tells by it that it lives; any unit of time that both sides agree on.
    void beat(std::int64_t time) noexcept {
        ring_int64(places_.heartbeat).store(time, std::memory_order_release);
    }
    std::int64_t heartbeat() const noexcept {
        return ring_int64(places_.heartbeat).load(std::memory_order_acquire);
    }

  private:
    template <class Handler>
    Result<int> read_to_end(Handler& handler, int limit) {
        const std::int64_t head = ring_int64(places_.head).load(std::memory_order_relaxed);
        std::byte* const begin = places_.data + index_of(head);
        std::int32_t consumed = 0;
        const Result<int> messages = read_records(begin, places_.data_bytes - index_of(head),
                                                  message_bytes_max_, handler, limit, consumed);
        if (consumed > 0) {
            zero_bytes(begin, static_cast<std::size_t>(consumed));
            // Release, with the acquires in claim_bytes: a producer finds zeros.
            ring_int64(places_.head).store(head + consumed, std::memory_order_release);
        }
        return messages;
    }
    std::byte* claim_bytes(std::int32_t aligned_bytes) noexcept;
    std::int32_t index_of(std::int64_t position) const noexcept {
        return static_cast<std::int32_t>(position & (places_.data_bytes - 1));
    }

    const RingPlaces places_;
    const std::int32_t message_bytes_max_;
};

}  // namespace kera
