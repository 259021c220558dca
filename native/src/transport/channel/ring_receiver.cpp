#include "transport/channel/ring_receiver.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "transport/channel/ring_sender.hpp"

namespace kera {

RingReceiver::RingReceiver(std::byte* own_memory, const std::byte* peer_memory,
                           std::uint32_t ring_bytes)
    : own_(*reinterpret_cast<ShmControl*>(own_memory)),
      peer_(*reinterpret_cast<const ShmControl*>(peer_memory)),
      ring_(peer_memory + ShmLayout{ring_bytes, 0}.ring_at()),
      ring_bytes_(ring_bytes) {}

Result<bool> RingReceiver::next(ShmRecord& record) {
    for (;;) {
        if (tail_ == head_) {
            // Pairs with the sender's store: what lies before the tail was written before it.
            const std::uint64_t tail = peer_.tail.load(std::memory_order_acquire);
            if (tail - head_ > ring_bytes_ || !is_aligned(tail, 8U)) [[unlikely]] {
                return fail(ErrorCode::malformed, "ring_tail", ring_bytes_,
                            static_cast<std::int64_t>((tail - head_) & ~(1ULL << 63)));
            }
            tail_ = tail;
            if (tail_ == head_) {
                return false;
            }
        }
        const std::uint64_t at = head_ & (ring_bytes_ - 1);
        const std::uint64_t until_end = ring_bytes_ - at;
        const std::uint64_t available = std::min(tail_ - head_, until_end);
        const std::byte* from = ring_ + at;
        std::array<std::uint64_t, 3> words{load_once(from), 0, 0};
        auto& header = record.header;
        copy_bytes(reinterpret_cast<std::byte*>(&header),
                   reinterpret_cast<const std::byte*>(words.data()), sizeof(words[0]));
        if (header.kind == ShmRecordKind::skip) {
            if (header.record_bytes != until_end || available != until_end) [[unlikely]] {
                return fail(ErrorCode::malformed, "skip_bytes",
                            static_cast<std::int64_t>(until_end), header.record_bytes);
            }
            head_ += until_end;
            continue;
        }
        if (available < sizeof(ShmRecordHeader)) [[unlikely]] {
            return fail(ErrorCode::malformed, "record_header_bytes", sizeof(ShmRecordHeader),
                        static_cast<std::int64_t>(available));
        }
        words[1] = load_once(from + 8);
        words[2] = load_once(from + 16);
        copy_bytes(reinterpret_cast<std::byte*>(&header),
                   reinterpret_cast<const std::byte*>(words.data()), sizeof(header));
        KERA_TRY(check(header, available));
        const std::byte* reference = from + sizeof(ShmRecordHeader);
        for (std::size_t index = 0; index < header.reference_count; ++index) {
            const std::uint64_t first = load_once(reference);
            record.references[index] = {static_cast<std::uint32_t>(first),
                                        static_cast<std::uint32_t>(first >> 32),
                                        load_once(reference + 8)};
            reference += sizeof(ShmReference);
        }
        record.inline_bytes = reference;
        return true;
    }
}

Result<void> RingReceiver::check(const ShmRecordHeader& header, std::uint64_t available) const {
    if (header.kind < ShmRecordKind::message || header.kind > ShmRecordKind::end) {
        return fail(ErrorCode::malformed, "record_kind",
                    static_cast<std::int64_t>(ShmRecordKind::end),
                    static_cast<std::int64_t>(header.kind));
    }
    if (header.reference_count > kShmReferencesMax ||
        (header.reference_count > 0 && header.kind != ShmRecordKind::message)) {
        return fail(ErrorCode::malformed, "record_references", kShmReferencesMax,
                    header.reference_count);
    }
    if (header.record_bytes > available || !is_aligned(header.record_bytes, 8U)) {
        return fail(ErrorCode::malformed, "record_bytes", static_cast<std::int64_t>(available),
                    header.record_bytes);
    }
    const std::uint64_t needed =
        RingSender::record_bytes(header.reference_count, header.inline_bytes);
    if (header.record_bytes != needed) {
        return fail(ErrorCode::malformed, "record_bytes", static_cast<std::int64_t>(needed),
                    header.record_bytes);
    }
    return {};
}

bool RingReceiver::publish_head() {
    if (published_head_ == head_) {
        return false;
    }
    published_head_ = head_;
    // Pairs with the sender's load: what lies before the head has been read. Sequentially
    // consistent because the sender may sleep until there is room.
    own_.head.store(head_, std::memory_order_seq_cst);
    return true;
}

}  // namespace kera
