// A ring from one producer to one consumer, each an object of its own: they may live in different
// processes, one of which may be hostile, or in Java (Agrona's OneToOneRingBuffer).
// Thread: each belongs to one thread. The memory is the caller's and outlives both.
// Invariants: each side keeps its own position privately and never trusts memory that the other can
// write: what it reads there is bounds-checked, and a peer that breaks the ring gets `malformed`.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "ring/ring_layout.hpp"
#include "ring/ring_record.hpp"

namespace kera {

class SpscProducer {
  public:
    explicit SpscProducer(const RingPlaces& places) noexcept;
    SpscProducer(const SpscProducer&) = delete;
    SpscProducer& operator=(const SpscProducer&) = delete;

    // Nothing when there is no room, or the consumer broke the ring: see fault().
    // REQUIRES: 0 <= message_bytes <= message_bytes_max(), type >= 1.
    std::optional<RingClaim> claim(std::int32_t message_bytes, std::int32_t type) noexcept;
    void commit(const RingClaim& claim) noexcept { commit_claim(claim); }
    void abort(const RingClaim& claim) noexcept { abort_claim(claim); }

    // A claim, filled from `message` and committed; false as claim().
    bool write(std::int32_t type, std::span<const std::byte> message) noexcept;

    std::int32_t message_bytes_max() const noexcept { return message_bytes_max_; }
    std::int64_t tail() const noexcept { return tail_; }
    // How far the consumer is behind. Reads its head.
    std::int64_t unread_bytes() noexcept;
    // The consumer published a head that cannot be: before an earlier one, past our tail,
    // misaligned.
    const std::optional<Error>& fault() const noexcept { return fault_; }

  private:
    bool refresh_head() noexcept;
    std::byte* claim_bytes(std::int32_t aligned_bytes) noexcept;
    void advance_tail(std::int64_t tail) noexcept;
    std::int32_t index_of(std::int64_t position) const noexcept {
        return static_cast<std::int32_t>(position & (places_.data_bytes - 1));
    }

    const RingPlaces places_;
    const std::int32_t message_bytes_max_;
    std::int64_t tail_;
    // As last read; the consumer may be further.
    std::int64_t head_;
    std::optional<Error> fault_;
};

class SpscConsumer {
  public:
    explicit SpscConsumer(const RingPlaces& places) noexcept;
    SpscConsumer(const SpscConsumer&) = delete;
    SpscConsumer& operator=(const SpscConsumer&) = delete;

    // Calls handler(type, message) for at most `limit` published messages; returns how many: fewer
    // than there are when they go on at the start of the data, none only when there are none.
    // A hostile producer may change a message while it is looked at: copy out, then validate. Only
    // the header is safe. `malformed` stays: the ring is of no use then.
    template <class Handler>
    Result<int> read(Handler&& handler, int limit = std::numeric_limits<int>::max()) {
        const std::int64_t before = head_;
        const Result<int> messages = read_to_end(handler, limit);
        const bool only_padding = messages.ok() && *messages == 0 && head_ != before;
        return only_padding && index() == 0 ? read_to_end(handler, limit) : messages;
    }

    // Whether read() would find something, a message or a broken record.
    bool ready() const noexcept;
    std::int64_t head() const noexcept { return head_; }

  private:
    template <class Handler>
    Result<int> read_to_end(Handler& handler, int limit) {
        std::int32_t consumed = 0;
        const Result<int> messages =
            read_records(places_.data + index(), places_.data_bytes - index(), message_bytes_max_,
                         handler, limit, consumed);
        if (consumed > 0) {
            head_ += consumed;
            // Release, with the acquire in refresh_head: we have read before it is written over.
            ring_int64(places_.head).store(head_, std::memory_order_release);
        }
        return messages;
    }
    std::int32_t index() const noexcept {
        return static_cast<std::int32_t>(head_ & (places_.data_bytes - 1));
    }

    const RingPlaces places_;
    const std::int32_t message_bytes_max_;
    std::int64_t head_;
};

}  // namespace kera
