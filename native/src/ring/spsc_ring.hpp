// A ring from one producer to one consumer (Agrona's OneToOneRingBuffer). Each side is an object of
// its own, because it may live in another process, be hostile, or be written in Java.
// Thread: each side belongs to one thread. The memory is the caller's and outlives both sides.
// Invariant: each side keeps its own position privately, and checks what the other side wrote
// before it uses it. It fails with `malformed` when the other side broke the ring.
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
    explicit SpscProducer(const RingLayout& layout) noexcept;
    SpscProducer(const SpscProducer&) = delete;
    SpscProducer& operator=(const SpscProducer&) = delete;

    // Empty when there is no room, or when the consumer broke the ring: see fault().
    // REQUIRES: 0 <= message_bytes <= message_bytes_max(), type >= 1.
    std::optional<RingClaim> claim(std::int32_t message_bytes, std::int32_t type) noexcept;
    void commit(const RingClaim& claim) noexcept { commit_claim(claim); }
    void abort(const RingClaim& claim) noexcept { abort_claim(claim); }

    // Claims, copies `message` and commits. False where claim() returns nothing.
    bool write(std::int32_t type, std::span<const std::byte> message) noexcept;

    std::int32_t message_bytes_max() const noexcept { return message_bytes_max_; }
    std::int64_t tail() const noexcept { return tail_; }
    // How many bytes the consumer has not read yet. Loads its head.
    std::int64_t unread_bytes() noexcept;
    // Set once the consumer has published an impossible head: before an earlier one, past our tail,
    // or misaligned.
    const std::optional<Error>& fault() const noexcept { return fault_; }

  private:
    bool refresh_head() noexcept;
    std::byte* claim_bytes(std::int32_t aligned_bytes) noexcept;
    void advance_tail(std::int64_t tail) noexcept;
    std::int32_t index_of(std::int64_t position) const noexcept {
        return static_cast<std::int32_t>(position & (layout_.data_bytes - 1));
    }

    const RingLayout layout_;
    const std::int32_t message_bytes_max_;
    std::int64_t tail_;
    // As last loaded; the consumer may have read more since.
    std::int64_t head_;
    std::optional<Error> fault_;
};

class SpscConsumer {
  public:
    explicit SpscConsumer(const RingLayout& layout) noexcept;
    SpscConsumer(const SpscConsumer&) = delete;
    SpscConsumer& operator=(const SpscConsumer&) = delete;

    // Calls handler(type, message) for at most `limit` published messages and returns how many. A
    // read may stop at the end of the data although more messages follow at its start; it returns 0
    // only when there are none. A hostile producer may change a message while it is read: copy it,
    // then validate the copy. After `malformed` every read fails.
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
            read_records(layout_.data + index(), layout_.data_bytes - index(), message_bytes_max_,
                         handler, limit, consumed);
        if (consumed > 0) {
            head_ += consumed;
            // Release, pairs with the acquire in refresh_head(): our reads come before the producer
            // overwrites what was read.
            ring_int64(layout_.head).store(head_, std::memory_order_release);
        }
        return messages;
    }
    std::int32_t index() const noexcept {
        return static_cast<std::int32_t>(head_ & (layout_.data_bytes - 1));
    }

    const RingLayout layout_;
    const std::int32_t message_bytes_max_;
    std::int64_t head_;
};

}  // namespace kera
