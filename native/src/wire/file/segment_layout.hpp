// The header, index entries and footer of segment files, as values. Any thread; plain values.
// Invariant: read() accepts only a whole block with the right checksum and lengths in range.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace kera {

inline constexpr std::uint32_t kSegmentFileHeaderBytes = 128;
inline constexpr std::uint32_t kSegmentFileIndexEntryBytes = 24;
inline constexpr std::uint32_t kSegmentFileFooterBytes = 32;
inline constexpr std::uint32_t kSegmentFileMagic = 0x4745534B;    // 'KSEG'
inline constexpr std::uint32_t kSegmentFooterMagic = 0x444E454B;  // 'KEND'
inline constexpr std::uint16_t kSegmentFileVersion = 1;

struct SegmentFileHeader {
    StreamId stream;
    StreamletId streamlet;
    LaneId lane;
    GroupId group;
    SegmentId segment;
    Term term;
    // True: a footer follows `data_bytes` of chunks. False: a checkpoint of an open segment, with
    // as many chunks as there are.
    bool closed = false;
    std::uint32_t data_bytes = 0;
    std::uint32_t capacity_bytes = 0;
    Offset first_offset;
    Offset last_offset;
    std::int64_t max_timestamp_ms = 0;
    std::int64_t created_ms = 0;
    bool group_first = false;
    bool group_last = false;

    // REQUIRES: kSegmentFileHeaderBytes of room.
    void write(std::byte* at) const noexcept;
    static Result<SegmentFileHeader> read(Bytes file);
};

struct SegmentFileIndexEntry {
    Offset offset;
    std::int64_t timestamp_ms = 0;
    std::uint32_t position = 0;

    // REQUIRES: kSegmentFileIndexEntryBytes at `at`.
    void write(std::byte* at) const noexcept;
    static SegmentFileIndexEntry read(const std::byte* at) noexcept;
};

struct SegmentFileFooter {
    std::uint32_t index_entries = 0;
    std::uint32_t chunk_count = 0;
    std::int64_t record_count = 0;
    std::uint32_t data_crc32c = 0;

    // REQUIRES: kSegmentFileFooterBytes at `at`; `index` holds the encoded index entries before it.
    void write(std::byte* at, Bytes index) const noexcept;
    // The footer at the end of `tail`. `tail` holds the index entries and the footer, and nothing
    // else.
    static Result<SegmentFileFooter> read(Bytes tail);
};

}  // namespace kera
