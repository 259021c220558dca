#include "ring/mpsc_ring.hpp"

namespace kera {

MpscRing::MpscRing(const RingPlaces& places) noexcept
    : places_(places),
      message_bytes_max_(ring_message_bytes_max(static_cast<std::size_t>(places.data_bytes))) {
    KERA_ASSERT(head() >= 0 && head() % kRingAlignment == 0 && head() <= tail(), head(), tail());
}

std::optional<RingClaim> MpscRing::claim(std::int32_t message_bytes, std::int32_t type) noexcept {
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

// Takes the bytes by moving the tail; with them the rest up to the end when they do not fit there.
// Null when there is no room: then at most that rest has been taken, as padding.
std::byte* MpscRing::claim_bytes(std::int32_t aligned_bytes) noexcept {
    // Acquires, with the release in read(): what is before the head has been read and zeroed.
    const auto read_head = [this] {
        const std::int64_t now = ring_int64(places_.head).load(std::memory_order_acquire);
        ring_int64(places_.head_cache).store(now, std::memory_order_release);
        return now;
    };
    std::int64_t head = ring_int64(places_.head_cache).load(std::memory_order_acquire);
    std::int64_t tail = ring_int64(places_.tail).load(std::memory_order_acquire);
    for (;;) {
        if (aligned_bytes > places_.data_bytes - (tail - head)) {
            head = read_head();
            if (aligned_bytes > places_.data_bytes - (tail - head)) {
                return nullptr;
            }
        }
        const std::int32_t index = index_of(tail);
        const std::int32_t to_end = places_.data_bytes - index;
        std::int32_t padding = 0;
        bool fits = true;
        if (aligned_bytes > to_end) {
            padding = to_end;
            fits = aligned_bytes <= index_of(head);
            if (!fits) {
                head = read_head();
                fits = aligned_bytes <= index_of(head);
            }
        }
        const std::int64_t next = tail + padding + (fits ? aligned_bytes : 0);
        // Sequentially consistent, as Agrona's; a failure brings the tail that somebody else set.
        if (!ring_int64(places_.tail).compare_exchange_weak(tail, next)) {
            continue;
        }
        if (padding > 0) {
            publish_padding(places_.data + index, padding);
        }
        if (!fits) {
            return nullptr;
        }
        return places_.data + (padding > 0 ? 0 : index);
    }
}

bool MpscRing::write(std::int32_t type, std::span<const std::byte> message) noexcept {
    const std::optional<RingClaim> room = claim(static_cast<std::int32_t>(message.size()), type);
    if (!room) {
        return false;
    }
    copy_bytes(room->message().data(), message.data(), message.size());
    return commit(*room);
}

bool MpscRing::commit(const RingClaim& claim) noexcept {
    const std::int32_t record_bytes = claim.message_bytes + kRingHeaderBytes;
    std::int32_t claimed = -record_bytes;
    // Release, as publish_record().
    return ring_int32(claim.record)
        .compare_exchange_strong(claimed, record_bytes, std::memory_order_release,
                                 std::memory_order_relaxed);
}

bool MpscRing::ready() const noexcept {
    std::byte* const record = places_.data + index_of(head());
    return ring_int32(record).load(std::memory_order_acquire) > 0;
}

bool MpscRing::unblock() noexcept {
    const std::int64_t head_position = head();
    const std::int64_t tail_position = tail();
    if (head_position == tail_position) {
        return false;
    }
    const std::int32_t first = index_of(head_position);
    std::byte* const record = places_.data + first;
    const auto length_at = [this](std::int32_t index) {
        return ring_int32(places_.data + index).load(std::memory_order_acquire);
    };
    const std::int32_t length = length_at(first);
    if (length > 0) {
        return false;
    }
    if (length < 0) {
        // Died after it wrote its length: that much is skipped, if it can be a record's.
        if (length > -kRingHeaderBytes || length < first - places_.data_bytes) {
            return false;
        }
        ring_int32(record + kRingTypeOffset).store(kRingPaddingType, std::memory_order_relaxed);
        publish_record(record, -length);
        return true;
    }
    // Died before it wrote anything: up to the next claim, which the memory between tells, as it is
    // all zero. The way back confirms that nobody wrote there meanwhile.
    const std::int32_t end =
        index_of(tail_position) > first ? index_of(tail_position) : places_.data_bytes;
    std::int32_t next = first + kRingAlignment;
    while (next < end && length_at(next) == 0) {
        next += kRingAlignment;
    }
    if (next >= end) {
        return false;
    }
    for (std::int32_t index = next - kRingAlignment; index >= first; index -= kRingAlignment) {
        if (length_at(index) != 0) {
            return false;
        }
    }
    ring_int32(record + kRingTypeOffset).store(kRingPaddingType, std::memory_order_relaxed);
    publish_record(record, next - first);
    return true;
}

}  // namespace kera
