// The headers of journal files and of their entries, and the body of a freed entry, as values. Any
// thread; plain values. Invariant: read() accepts only a whole block with the right checksum.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace kera {

inline constexpr std::uint32_t kJournalFileHeaderBytes = 64;
inline constexpr std::uint32_t kJournalEntryHeaderBytes = 32;
inline constexpr std::uint32_t kJournalAlignment = 8;
inline constexpr std::uint32_t kJournalFileMagic = 0x4C4E4A4B;   // 'KJNL'
inline constexpr std::uint32_t kJournalEntryMagic = 0x544E454B;  // 'KENT'
// Where an entry's header has its magic and its position.
inline constexpr std::uint32_t kJournalEntryMagicAt = 4;
inline constexpr std::uint32_t kJournalEntryPositionAt = 16;
inline constexpr std::uint16_t kJournalVersion = 2;
// No journal reaches this position. A file with a greater one is not valid.
inline constexpr Position kJournalPositionMax{std::int64_t{1} << 62U};

struct JournalFileHeader {
    NodeId node;
    ReactorId reactor;
    std::int64_t file_number = 0;
    Position first_position;
    std::int64_t created_ms = 0;
    std::uint32_t incarnation = 0;

    // REQUIRES: kJournalFileHeaderBytes of room.
    void write(std::byte* at) const noexcept;
    static Result<JournalFileHeader> read(Bytes file);
};

enum class JournalEntryKind : std::uint16_t {
    chunk = 1,
    freed = 2,  // which positions are not needed any more: their files are gone or may go
    blank = 3,  // says nothing
};

struct JournalEntryHeader {
    JournalEntryKind kind = JournalEntryKind::chunk;
    // A multiple of kJournalAlignment.
    std::uint32_t body_bytes = 0;
    Position position;
    std::uint32_t incarnation = 0;
    // Everything before it was on stable storage when this entry was written. The file stores it as
    // a distance of at most 32 GiB before `position`.
    Position durable_position;

    // REQUIRES: kJournalEntryHeaderBytes of room, durable_position <= position.
    void write(std::byte* at) const noexcept;
    // The header at the start of `bytes`. Does not check how many bytes follow.
    static Result<JournalEntryHeader> read(Bytes bytes);

    Position end_position() const noexcept {
        return position + static_cast<std::int64_t>(kJournalEntryHeaderBytes) + body_bytes;
    }
};

struct PositionRange {
    Position first;
    Position end;

    friend bool operator==(const PositionRange&, const PositionRange&) = default;
};

// The body of a freed entry. Reading REQUIRES nothing: ranges that are empty, or not in their
// order, are malformed.
std::vector<std::byte> encode_freed(std::span<const PositionRange> ranges);
Result<std::vector<PositionRange>> decode_freed(Bytes body);

}  // namespace kera
