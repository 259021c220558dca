#include "wire/file/segment_layout.hpp"

#include <limits>

#include "base/crc/crc32c.hpp"
#include "kera_codec_disk/IndexEntry.h"
#include "kera_codec_disk/SegmentFileFooter.h"
#include "kera_codec_disk/SegmentFileHeader.h"
#include "wire/chunk/sealed.hpp"
#include "wire/frame/codecs.hpp"

namespace kera {

namespace disk_codec = codec::disk;

static_assert(disk_codec::SegmentFileHeader::encodedLength() == kSegmentFileHeaderBytes);
static_assert(disk_codec::IndexEntry::encodedLength() == kSegmentFileIndexEntryBytes);
static_assert(disk_codec::SegmentFileFooter::encodedLength() == kSegmentFileFooterBytes);

void SegmentFileHeader::write(std::byte* at) const noexcept {
    const MutableBytes room(at, kSegmentFileHeaderBytes);
    disk_codec::SegmentFileHeader raw(as_codec_bytes(room), room.size());
    raw.magic(kSegmentFileMagic)
        .version(kSegmentFileVersion)
        .lane(lane.value())
        .streamletId(streamlet.value())
        .streamId(stream.value())
        .group(group.value())
        .segment(segment.value())
        .term(term.value())
        .closed(closed ? 1 : 0)
        .dataBytes(data_bytes)
        .capacityBytes(capacity_bytes)
        .firstOffset(first_offset.value())
        .lastOffset(last_offset.value())
        .maxTimestampMs(max_timestamp_ms)
        .createdMs(created_ms)
        .groupFirst(group_first ? 1 : 0)
        .groupLast(group_last ? 1 : 0)
        .reserved0(0)
        .reserved1(0)
        .reserved2(0)
        .reserved3(0);
    seal(room);
}

Result<SegmentFileHeader> SegmentFileHeader::read(Bytes file) {
    KERA_TRY(check_seal(file, kSegmentFileHeaderBytes, "segment_header_crc32c"));
    const disk_codec::SegmentFileHeader raw(as_codec_bytes(file), file.size());
    if (raw.magic() != kSegmentFileMagic) {
        return fail(ErrorCode::malformed, "segment_magic", kSegmentFileMagic, raw.magic());
    }
    if (raw.version() != kSegmentFileVersion) {
        return fail(ErrorCode::unsupported, "segment_version", kSegmentFileVersion, raw.version());
    }
    constexpr std::int64_t kBytesMax = std::numeric_limits<std::int32_t>::max();
    if (raw.dataBytes() < 0 || raw.dataBytes() > kBytesMax) {
        return fail(ErrorCode::malformed, "segment_data_bytes", kBytesMax, raw.dataBytes());
    }
    if (raw.capacityBytes() < raw.dataBytes() || raw.capacityBytes() > kBytesMax) {
        return fail(ErrorCode::malformed, "segment_capacity_bytes", kBytesMax, raw.capacityBytes());
    }
    SegmentFileHeader header;
    header.stream = StreamId(raw.streamId());
    header.streamlet = StreamletId(raw.streamletId());
    header.lane = LaneId(raw.lane());
    header.group = GroupId(raw.group());
    header.segment = SegmentId(raw.segment());
    header.term = Term(raw.term());
    header.closed = raw.closed() == 1;
    header.data_bytes = static_cast<std::uint32_t>(raw.dataBytes());
    header.capacity_bytes = static_cast<std::uint32_t>(raw.capacityBytes());
    header.first_offset = Offset(raw.firstOffset());
    header.last_offset = Offset(raw.lastOffset());
    header.max_timestamp_ms = raw.maxTimestampMs();
    header.created_ms = raw.createdMs();
    header.group_first = raw.groupFirst() == 1;
    header.group_last = raw.groupLast() == 1;
    return header;
}

void SegmentFileIndexEntry::write(std::byte* at) const noexcept {
    const MutableBytes room(at, kSegmentFileIndexEntryBytes);
    disk_codec::IndexEntry raw(as_codec_bytes(room), room.size());
    raw.recordOffset(offset.value())
        .timestampMs(timestamp_ms)
        .position(static_cast<std::int32_t>(position))
        .reserved(0);
}

SegmentFileIndexEntry SegmentFileIndexEntry::read(const std::byte* at) noexcept {
    const Bytes bytes(at, kSegmentFileIndexEntryBytes);
    const disk_codec::IndexEntry raw(as_codec_bytes(bytes), bytes.size());
    return {Offset(raw.recordOffset()), raw.timestampMs(),
            static_cast<std::uint32_t>(raw.position())};
}

namespace {

// The footer's checksum also covers the index entries before it.
std::uint32_t footer_crc32c(const std::byte* footer, Bytes index) noexcept {
    const std::uint32_t own = crc32c(0, footer + kSealBytes, kSegmentFileFooterBytes - kSealBytes);
    return crc32c(own, index.data(), index.size());
}

}  // namespace

void SegmentFileFooter::write(std::byte* at, Bytes index) const noexcept {
    const MutableBytes room(at, kSegmentFileFooterBytes);
    disk_codec::SegmentFileFooter raw(as_codec_bytes(room), room.size());
    raw.magic(kSegmentFooterMagic)
        .indexEntries(static_cast<std::int32_t>(index_entries))
        .chunkCount(static_cast<std::int32_t>(chunk_count))
        .recordCount(record_count)
        .dataCrc32c(data_crc32c)
        .reserved(0);
    raw.crc32c(footer_crc32c(at, index));
}

Result<SegmentFileFooter> SegmentFileFooter::read(Bytes tail) {
    if (tail.size() < kSegmentFileFooterBytes) {
        return fail(ErrorCode::malformed, "footer_bytes", kSegmentFileFooterBytes,
                    static_cast<std::int64_t>(tail.size()));
    }
    const Bytes index = tail.first(tail.size() - kSegmentFileFooterBytes);
    const Bytes own = tail.last(kSegmentFileFooterBytes);
    const disk_codec::SegmentFileFooter raw(as_codec_bytes(own), own.size());
    const std::uint32_t actual = footer_crc32c(own.data(), index);
    if (raw.crc32c() != actual) {
        return fail(ErrorCode::bad_checksum, "footer_crc32c", raw.crc32c(), actual);
    }
    const std::uint64_t index_bytes =
        std::uint64_t{static_cast<std::uint32_t>(raw.indexEntries())} * kSegmentFileIndexEntryBytes;
    if (raw.magic() != kSegmentFooterMagic || index_bytes != index.size()) {
        return fail(ErrorCode::malformed, "footer_index_entries",
                    static_cast<std::int64_t>(index.size() / kSegmentFileIndexEntryBytes),
                    raw.indexEntries());
    }
    SegmentFileFooter footer;
    footer.index_entries = static_cast<std::uint32_t>(raw.indexEntries());
    footer.chunk_count = static_cast<std::uint32_t>(raw.chunkCount());
    footer.record_count = raw.recordCount();
    footer.data_crc32c = raw.dataCrc32c();
    return footer;
}

}  // namespace kera
