#include "transport/channel/ring_sender.hpp"

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace kera {

RingSender::RingSender(std::byte* own_memory, const std::byte* peer_memory,
                       std::uint32_t ring_bytes)
    : own_(*reinterpret_cast<ShmControl*>(own_memory)),
      peer_(*reinterpret_cast<const ShmControl*>(peer_memory)),
      ring_(own_memory + ShmLayout{ring_bytes, 0}.ring_at()),
      ring_bytes_(ring_bytes) {}

Result<void> RingSender::refresh_head() {
    // Pairs with the peer's store after it has read a record: we may overwrite its bytes now.
    const std::uint64_t head = peer_.head.load(std::memory_order_acquire);
    if (head < head_ || head > tail_ || !is_aligned(head, 8U)) [[unlikely]] {
        return fail(ErrorCode::malformed, "ring_head", static_cast<std::int64_t>(tail_),
                    static_cast<std::int64_t>(head & ~(1ULL << 63)));
    }
    head_ = head;
    return {};
}

Result<bool> RingSender::has_room(std::uint64_t record_bytes) {
    KERA_ASSERT(record_bytes <= record_bytes_max(), record_bytes);
    const std::uint64_t until_end = ring_bytes_ - (tail_ & (ring_bytes_ - 1));
    const std::uint64_t skipped = until_end < record_bytes ? until_end : 0;
    const std::uint64_t needed = skipped + record_bytes;
    if (ring_bytes_ - (tail_ - head_) >= needed) {
        return true;
    }
    KERA_TRY(refresh_head());
    return ring_bytes_ - (tail_ - head_) >= needed;
}

Result<bool> RingSender::half_empty() {
    KERA_TRY(refresh_head());
    return tail_ - head_ <= ring_bytes_ / 2;
}

void RingSender::put(const ShmRecordHeader& header, std::span<const ShmReference> references,
                     std::span<const IoSpan> pieces) {
    const std::uint64_t until_end = ring_bytes_ - (tail_ & (ring_bytes_ - 1));
    if (until_end < header.record_bytes) {
        store_le(at(tail_), static_cast<std::uint32_t>(until_end));
        store_le(at(tail_) + 4, static_cast<std::uint32_t>(ShmRecordKind::skip));
        tail_ += until_end;
    }
    std::byte* to = at(tail_);
    copy_bytes(to, std::as_bytes(std::span(&header, 1)).data(), sizeof(header));
    to += sizeof(header);
    copy_bytes(to, std::as_bytes(references).data(), references.size_bytes());
    to += references.size_bytes();
    for (const IoSpan& piece : pieces) {
        copy_bytes(to, piece.data, piece.bytes);
        to += piece.bytes;
    }
    tail_ += header.record_bytes;
    // Pairs with the receiver's load of the tail. Sequentially consistent because the sender loads
    // `parked` next, and the receiver stores `parked` before it loads the tail.
    own_.tail.store(tail_, std::memory_order_seq_cst);
}

}  // namespace kera
