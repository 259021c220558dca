// One record of a ring: how its header is written and read atomically, and how it is checked. Used
// by the rings of this room, on the threads that they name. Owns nothing. The other side may be
// hostile: each field is read once, into a local variable, and checked before it is used.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>
#include <type_traits>

#include "base/units.hpp"
#include "ring/ring_layout.hpp"

namespace kera {

inline std::atomic_ref<std::int32_t> ring_int32(std::byte* at) noexcept {
    return std::atomic_ref<std::int32_t>(*reinterpret_cast<std::int32_t*>(at));
}
inline std::atomic_ref<std::int64_t> ring_int64(std::byte* at) noexcept {
    return std::atomic_ref<std::int64_t>(*reinterpret_cast<std::int64_t*>(at));
}

// Room for one message. The consumer reads it once it is committed, and skips it once it is
// aborted.
struct RingClaim {
    std::byte* record = nullptr;
    std::int32_t message_bytes = 0;

    std::span<std::byte> message() const noexcept {
        return {record + kRingHeaderBytes, static_cast<std::size_t>(message_bytes)};
    }
};

// What a read handler may return. A handler that returns void always consumes.
enum class RingAction : std::uint8_t {
    consume,
    consume_and_stop,
    stop,  // the message stays in the ring and is the first of the next read
};

inline std::int32_t ring_aligned(std::int32_t record_bytes) noexcept {
    return align_up(record_bytes, kRingAlignment);
}

// Marks the record as claimed: its message may be filled in, and the consumer does not read it yet.
// The negative length must be visible before any byte of the message: unblock() relies on it.
inline void begin_record(std::byte* record, std::int32_t record_bytes, std::int32_t type) noexcept {
    ring_int32(record).store(-record_bytes, std::memory_order_release);
    std::atomic_thread_fence(std::memory_order_release);
    ring_int32(record + kRingTypeOffset).store(type, std::memory_order_relaxed);
}

// Release, pairs with the acquire in read_records(): who sees the length sees type and message.
inline void publish_record(std::byte* record, std::int32_t record_bytes) noexcept {
    ring_int32(record).store(record_bytes, std::memory_order_release);
}

inline void publish_padding(std::byte* record, std::int32_t record_bytes) noexcept {
    begin_record(record, record_bytes, kRingPaddingType);
    publish_record(record, record_bytes);
}

// A claim ends once: it is committed, or aborted, or skipped by unblock() because its producer was
// too slow.
inline std::int32_t check_claimed(const RingClaim& claim) noexcept {
    const std::int32_t record_bytes = claim.message_bytes + kRingHeaderBytes;
    const std::int32_t claimed = ring_int32(claim.record).load(std::memory_order_relaxed);
    KERA_ASSERT(claimed == -record_bytes, claimed, record_bytes);
    return record_bytes;
}

inline void commit_claim(const RingClaim& claim) noexcept {
    publish_record(claim.record, check_claimed(claim));
}

inline void abort_claim(const RingClaim& claim) noexcept {
    const std::int32_t record_bytes = check_claimed(claim);
    ring_int32(claim.record + kRingTypeOffset).store(kRingPaddingType, std::memory_order_relaxed);
    publish_record(claim.record, record_bytes);
}

// Reads the published records of one contiguous piece of a ring, at most `limit` messages. Sets
// `consumed` to the bytes that were read, also when it fails. malformed: a record's header is
// wrong.
template <class Handler>
Result<int> read_records(std::byte* begin, std::int32_t piece_bytes, std::int32_t message_bytes_max,
                         Handler& handler, int limit, std::int32_t& consumed) {
    int messages = 0;
    consumed = 0;
    while (consumed < piece_bytes && messages < limit) {
        std::byte* const record = begin + consumed;
        // Acquire, pairs with the release in publish_record().
        const std::int32_t length = ring_int32(record).load(std::memory_order_acquire);
        if (length <= 0) {
            break;
        }
        const std::int32_t type =
            ring_int32(record + kRingTypeOffset).load(std::memory_order_relaxed);
        const bool padding = type == kRingPaddingType;
        const std::int32_t remaining = piece_bytes - consumed;
        const std::int32_t length_max =
            padding ? remaining : std::min(remaining, message_bytes_max + kRingHeaderBytes);
        if (length < kRingHeaderBytes || length > length_max) [[unlikely]] {
            return fail(ErrorCode::malformed, "ring_record_bytes", length_max, length);
        }
        if (type < 1 && !padding) [[unlikely]] {
            return fail(ErrorCode::malformed, "ring_record_type", 1, type);
        }
        // Cannot pass the end: `remaining` is a multiple of the alignment.
        const std::int32_t aligned = ring_aligned(length);
        if (padding) {
            consumed += aligned;
            continue;
        }
        const std::span<const std::byte> message(
            record + kRingHeaderBytes, static_cast<std::size_t>(length - kRingHeaderBytes));
        if constexpr (std::is_same_v<decltype(handler(type, message)), RingAction>) {
            const RingAction action = handler(type, message);
            if (action == RingAction::stop) {
                break;
            }
            consumed += aligned;
            ++messages;
            if (action == RingAction::consume_and_stop) {
                break;
            }
        } else {
            handler(type, message);
            consumed += aligned;
            ++messages;
        }
    }
    return messages;
}

}  // namespace kera
