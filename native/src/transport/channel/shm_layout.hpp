// Byte layout of the memory that a node and one client share; README.md has it as tables. Each side
// has one memory, which it alone writes and the other side maps read-only. Any thread; constants
// and plain structs. Invariant: what lies in the other side's memory is loaded once, into private
// memory, before it is checked.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/units.hpp"

namespace kera {

// The start of each memory, written by its owner. One cache line: one load brings all of it.
struct alignas(kCacheLineBytes) ShmControl {
    std::atomic<std::uint64_t> tail;          // of the owner's ring: bytes published
    std::atomic<std::uint64_t> head;          // of the other's ring: bytes consumed
    std::atomic<std::uint64_t> release_tail;  // of the owner's releases: tickets given back
    std::atomic<std::uint32_t> parked;        // 1: the owner sleeps; wake it through the socket
};
static_assert(sizeof(ShmControl) == kCacheLineBytes);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

inline constexpr std::uint32_t kShmControlBytes = 4096;
inline constexpr std::uint32_t kShmLeasesMax = 1024;
inline constexpr std::uint32_t kShmReferencesMax = 128;
inline constexpr std::uint32_t kShmRingBytesMin = 16 * 1024;
inline constexpr std::uint32_t kShmRingBytesMax = 16 * 1024 * 1024;
// The number of the send memory, which lies behind the sender's own ring. Regions count from 1.
inline constexpr std::uint32_t kShmSendRegion = 0;

enum class ShmRecordKind : std::uint8_t {
    skip = 1,     // nothing until the end of the ring
    message = 2,  // a whole frame: inline bytes, then what is referenced
    begin = 3,    // the first bytes of a frame too long for one record
    middle = 4,
    end = 5,
};

// The start of a record, 8-byte aligned; references and inline bytes follow. A skip has only the
// first 8 bytes.
struct ShmRecordHeader {
    std::uint32_t record_bytes = 0;  // the whole record, a multiple of 8
    ShmRecordKind kind = ShmRecordKind::skip;
    std::uint8_t reserved = 0;
    std::uint16_t reference_count = 0;
    std::uint32_t inline_bytes = 0;
    std::uint32_t frame_bytes =
        0;                     // of message and begin: inline and referenced bytes of the frame
    std::uint64_t ticket = 0;  // to give back when the references are no longer needed
};
static_assert(sizeof(ShmRecordHeader) == 24);

struct ShmReference {
    std::uint32_t region = 0;
    std::uint32_t bytes = 0;
    std::uint64_t offset = 0;
};
static_assert(sizeof(ShmReference) == 16);

// Where each part of a memory lies.
struct ShmLayout {
    std::uint32_t ring_bytes = 0;
    std::uint64_t send_bytes = 0;  // 0 in the node's memory

    std::uint64_t ring_at() const { return kShmControlBytes; }
    std::uint64_t releases_at() const { return ring_at() + ring_bytes; }
    std::uint64_t send_at() const { return releases_at() + kShmLeasesMax * sizeof(std::uint64_t); }
    std::uint64_t memory_bytes() const { return align_up(send_at() + send_bytes, 4096U); }
};

// One load of memory that a hostile peer may be changing.
inline std::uint64_t load_once(const std::byte* at) {
    return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(at), __ATOMIC_RELAXED);
}

}  // namespace kera
