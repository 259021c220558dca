#include "ring/spsc_ring.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace kera {

SpscProducer::SpscProducer(const RingPlaces& places) noexcept
    : places_(places),
      message_bytes_max_(ring_message_bytes_max(static_cast<std::size_t>(places.data_bytes))),
      tail_(ring_int64(places.tail).load(std::memory_order_acquire)),
      head_(std::max<std::int64_t>(0, tail_ - places.data_bytes)) {
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

// Every record is followed by a zeroed length, where the consumer stops: room for that header has
// to be free as well, except after a record that ends the data. Null when there is no room.
std::byte* SpscProducer::claim_bytes(std::int32_t aligned_bytes) noexcept {
    const std::int64_t required = std::int64_t{aligned_bytes} + kRingHeaderBytes;
    if (required > places_.data_bytes - (tail_ - head_)) {
        if (!refresh_head() || required > places_.data_bytes - (tail_ - head_)) {
            return nullptr;
        }
    }
    std::byte* const data = places_.data;
    const std::int32_t index = index_of(tail_);
    const std::int32_t to_end = places_.data_bytes - index;
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
    // Not enough before the end: padding there, and the record at the start if that is free.
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
    // For observers only; the consumer goes by the records' lengths.
    ring_int64(places_.tail).store(tail, std::memory_order_release);
}

bool SpscProducer::refresh_head() noexcept {
    // Acquire, with the release in read(): what is before the head has been read.
    const std::int64_t head = ring_int64(places_.head).load(std::memory_order_acquire);
    if (head < head_ || head > tail_ || head % kRingAlignment != 0) [[unlikely]] {
        fault_ = fail(ErrorCode::malformed, "ring_head", tail_, head);
        return false;
    }
    head_ = head;
    // A producer in Java that takes over from us counts on it.
    ring_int64(places_.head_cache).store(head, std::memory_order_relaxed);
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
    return refresh_head() ? tail_ - head_ : std::int64_t{places_.data_bytes};
}

SpscConsumer::SpscConsumer(const RingPlaces& places) noexcept
    : places_(places),
      message_bytes_max_(ring_message_bytes_max(static_cast<std::size_t>(places.data_bytes))),
      head_(ring_int64(places.head).load(std::memory_order_acquire)) {
    KERA_ASSERT(head_ >= 0 && head_ % kRingAlignment == 0, head_);
}

bool SpscConsumer::ready() const noexcept {
    std::byte* const record = places_.data + (head_ & (places_.data_bytes - 1));
    return ring_int32(record).load(std::memory_order_acquire) > 0;
}

}  // namespace kera
