#include "ring/mpsc_ring.hpp"

namespace kera {

MpscRing::MpscRing(const RingLayout& layout) noexcept
    : layout_(layout),
      message_bytes_max_(ring_message_bytes_max(static_cast<std::size_t>(layout.data_bytes))) {
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

// Claims the bytes by moving the tail. When they do not fit before the end of the data, padding
// fills the rest and they go to the start. Returns null when there is no room; the padding may have
// been written even so.
std::byte* MpscRing::claim_bytes(std::int32_t aligned_bytes) noexcept {
    // Acquires, pair with the release in read_to_end(): what lies before the head was read and
    // zeroed.
    const auto read_head = [this] {
        const std::int64_t now = ring_int64(layout_.head).load(std::memory_order_acquire);
        ring_int64(layout_.head_cache).store(now, std::memory_order_release);
        return now;
    };
    std::int64_t head = ring_int64(layout_.head_cache).load(std::memory_order_acquire);
    std::int64_t tail = ring_int64(layout_.tail).load(std::memory_order_acquire);
    for (;;) {
        if (aligned_bytes > layout_.data_bytes - (tail - head)) {
            head = read_head();
            if (aligned_bytes > layout_.data_bytes - (tail - head)) {
                return nullptr;
            }
        }
        const std::int32_t index = index_of(tail);
        const std::int32_t to_end = layout_.data_bytes - index;
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
        // Sequentially consistent, as in Agrona. On failure `tail` is what another producer stored.
        if (!ring_int64(layout_.tail).compare_exchange_weak(tail, next)) {
            continue;
        }
        if (padding > 0) {
            publish_padding(layout_.data + index, padding);
        }
        if (!fits) {
            return nullptr;
        }
        return layout_.data + (padding > 0 ? 0 : index);
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
    // Release, as in publish_record().
    return ring_int32(claim.record)
        .compare_exchange_strong(claimed, record_bytes, std::memory_order_release,
                                 std::memory_order_relaxed);
}

bool MpscRing::ready() const noexcept {
    std::byte* const record = layout_.data + index_of(head());
    return ring_int32(record).load(std::memory_order_acquire) > 0;
}

bool MpscRing::unblock() noexcept {
    const std::int64_t head_position = head();
    const std::int64_t tail_position = tail();
    if (head_position == tail_position) {
        return false;
    }
    const std::int32_t first = index_of(head_position);
    std::byte* const record = layout_.data + first;
    const auto length_at = [this](std::int32_t index) {
        return ring_int32(layout_.data + index).load(std::memory_order_acquire);
    };
    const std::int32_t length = length_at(first);
    if (length > 0) {
        return false;
    }
    if (length < 0) {
        // The producer died after it wrote the length: skip so much, if a record can be so long.
        if (length > -kRingHeaderBytes || length < first - layout_.data_bytes) {
            return false;
        }
        ring_int32(record + kRingTypeOffset).store(kRingPaddingType, std::memory_order_relaxed);
        publish_record(record, -length);
        return true;
    }
    // The producer died before it wrote anything: skip all zeros up to the next claim. The second
    // loop goes back and confirms that nobody wrote there meanwhile.
    const std::int32_t end =
        index_of(tail_position) > first ? index_of(tail_position) : layout_.data_bytes;
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
