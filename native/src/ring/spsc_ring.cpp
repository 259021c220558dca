#include "ring/spsc_ring.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace kera {

SpscProducer::SpscProducer(const RingLayout& layout) noexcept
    : layout_(layout),
      message_bytes_max_(ring_message_bytes_max(static_cast<std::size_t>(layout.data_bytes))),
      tail_(ring_int64(layout.tail).load(std::memory_order_acquire)),
      head_(std::max<std::int64_t>(0, tail_ - layout.data_bytes)) {
    KERA_ASSERT(tail_ >= 0 && tail_ % kRingAlignment == 0, tail_);
}

std::optional<RingClaim> SpscProducer::claim(std::int32_t message_bytes,
                                             std::int32_t type) noexcept {
    KERA_ASSERT(message_bytes >= 0 && message_bytes <= message_bytes_max_, message_bytes,
                message_bytes_max_);
    KERA_ASSERT(type >= 1, type);
    const std::int32_t record_bytes = message_bytes + kRingHeaderBytes;
    std::byte* const record = claim_bytes(ring_aligned(record_bytes));
    if (record == nullptr) {
        return std::nullopt;
    }
    begin_record(record, record_bytes, type);
    return RingClaim{record, message_bytes};
}

// The consumer stops at a zeroed length. So a zeroed header follows every record, and needs room as
// well, except behind a record that ends the data. Returns null when there is no room.
std::byte* SpscProducer::claim_bytes(std::int32_t aligned_bytes) noexcept {
    const std::int64_t required = std::int64_t{aligned_bytes} + kRingHeaderBytes;
    if (required > layout_.data_bytes - (tail_ - head_)) {
        if (!refresh_head() || required > layout_.data_bytes - (tail_ - head_)) {
            return nullptr;
        }
    }
    std::byte* const data = layout_.data;
    const std::int32_t index = index_of(tail_);
    const std::int32_t to_end = layout_.data_bytes - index;
    if (aligned_bytes == to_end) {
        advance_tail(tail_ + aligned_bytes);
        ring_int64(data).store(0, std::memory_order_relaxed);
        return data + index;
    }
    if (required <= to_end) {
        advance_tail(tail_ + aligned_bytes);
        ring_int64(data + index + aligned_bytes).store(0, std::memory_order_relaxed);
        return data + index;
    }
    // The record does not fit before the end: padding fills the rest, and the record goes to the
    // start if there is room.
    bool fits_at_start = required <= index_of(head_);
    if (!fits_at_start) {
        if (!refresh_head()) {
            return nullptr;
        }
        fits_at_start = required <= index_of(head_);
    }
    advance_tail(tail_ + to_end + (fits_at_start ? aligned_bytes : 0));
    ring_int64(data).store(0, std::memory_order_relaxed);
    publish_padding(data + index, to_end);
    if (!fits_at_start) {
        return nullptr;
    }
    ring_int64(data + aligned_bytes).store(0, std::memory_order_relaxed);
    return data;
}

void SpscProducer::advance_tail(std::int64_t tail) noexcept {
    tail_ = tail;
    // For observers only: the consumer uses the lengths of the records.
    ring_int64(layout_.tail).store(tail, std::memory_order_release);
}

bool SpscProducer::refresh_head() noexcept {
    // Acquire, pairs with the release in read_to_end(): what lies before the head has been read.
    const std::int64_t head = ring_int64(layout_.head).load(std::memory_order_acquire);
    if (head < head_ || head > tail_ || head % kRingAlignment != 0) [[unlikely]] {
        fault_ = fail(ErrorCode::malformed, "ring_head", tail_, head);
        return false;
    }
    head_ = head;
    // A Java producer that takes over this ring relies on it.
    ring_int64(layout_.head_cache).store(head, std::memory_order_relaxed);
    return true;
}

bool SpscProducer::write(std::int32_t type, std::span<const std::byte> message) noexcept {
    const std::optional<RingClaim> room = claim(static_cast<std::int32_t>(message.size()), type);
    if (!room) {
        return false;
    }
    copy_bytes(room->message().data(), message.data(), message.size());
    commit(*room);
    return true;
}

std::int64_t SpscProducer::unread_bytes() noexcept {
    return refresh_head() ? tail_ - head_ : std::int64_t{layout_.data_bytes};
}

SpscConsumer::SpscConsumer(const RingLayout& layout) noexcept
    : layout_(layout),
      message_bytes_max_(ring_message_bytes_max(static_cast<std::size_t>(layout.data_bytes))),
      head_(ring_int64(layout.head).load(std::memory_order_acquire)) {
    KERA_ASSERT(head_ >= 0 && head_ % kRingAlignment == 0, head_);
}

bool SpscConsumer::ready() const noexcept {
    std::byte* const record = layout_.data + (head_ & (layout_.data_bytes - 1));
    return ring_int32(record).load(std::memory_order_acquire) > 0;
}

}  // namespace kera
