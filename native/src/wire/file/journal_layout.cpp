#include "wire/file/journal_layout.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/crc/crc32c.hpp"
#include "kera_codec_disk/FreedHeader.h"
#include "kera_codec_disk/FreedRange.h"
#include "kera_codec_disk/JournalEntryHeader.h"
#include "kera_codec_disk/JournalFileHeader.h"
#include "wire/chunk/sealed.hpp"
#include "wire/frame/codecs.hpp"

namespace kera {

namespace disk_codec = codec::disk;

static_assert(disk_codec::JournalFileHeader::encodedLength() == kJournalFileHeaderBytes);
static_assert(disk_codec::JournalEntryHeader::encodedLength() == kJournalEntryHeaderBytes);
static_assert(disk_codec::JournalEntryHeader::magicEncodingOffset() == kJournalEntryMagicAt);
static_assert(disk_codec::JournalEntryHeader::positionEncodingOffset() == kJournalEntryPositionAt);

namespace {

constexpr std::size_t kFreedHeaderBytes = disk_codec::FreedHeader::encodedLength();
constexpr std::size_t kFreedRangeBytes = disk_codec::FreedRange::encodedLength();

}  // namespace

void JournalFileHeader::write(std::byte* at) const noexcept {
    const MutableBytes room(at, kJournalFileHeaderBytes);
    disk_codec::JournalFileHeader raw(as_codec_bytes(room), room.size());
    raw.magic(kJournalFileMagic)
        .version(kJournalVersion)
        .reactor(static_cast<std::uint16_t>(reactor.value()))
        .nodeId(node.value())
        .firstPosition(first_position.value())
        .fileNumber(file_number)
        .createdMs(created_ms)
        .incarnation(incarnation)
        .reserved0(0)
        .reserved1(0)
        .reserved2(0);
    seal(room);
}

Result<JournalFileHeader> JournalFileHeader::read(Bytes file) {
    KERA_TRY(check_seal(file, kJournalFileHeaderBytes, "journal_header_crc32c"));
    const disk_codec::JournalFileHeader raw(as_codec_bytes(file), file.size());
    if (raw.magic() != kJournalFileMagic) {
        return fail(ErrorCode::malformed, "journal_magic", kJournalFileMagic, raw.magic());
    }
    if (raw.version() != kJournalVersion) {
        return fail(ErrorCode::unsupported, "journal_version", kJournalVersion, raw.version());
    }
    JournalFileHeader header;
    header.node = NodeId(raw.nodeId());
    header.reactor = ReactorId(raw.reactor());
    header.file_number = raw.fileNumber();
    header.first_position = Position(raw.firstPosition());
    header.created_ms = raw.createdMs();
    header.incarnation = raw.incarnation();
    if (header.first_position < Position(0) || header.first_position > kJournalPositionMax ||
        header.first_position.value() % kJournalAlignment != 0) {
        return fail(ErrorCode::malformed, "journal_first_position", kJournalPositionMax.value(),
                    header.first_position.value());
    }
    return header;
}

void JournalEntryHeader::write(std::byte* at) const noexcept {
    KERA_ASSERT(durable_position <= position, durable_position, position);
    const MutableBytes room(at, kJournalEntryHeaderBytes);
    disk_codec::JournalEntryHeader raw(as_codec_bytes(room), room.size());
    const std::int64_t lag = (position - durable_position) / kJournalAlignment;
    raw.magic(kJournalEntryMagic)
        .entryKind(static_cast<std::uint16_t>(kind))
        .reserved(0)
        .bodyLength(body_bytes)
        .position(position.value())
        .incarnation(incarnation)
        .durableLag(static_cast<std::uint32_t>(std::min<std::int64_t>(lag, UINT32_MAX)));
    seal(room);
}

Result<JournalEntryHeader> JournalEntryHeader::read(Bytes bytes) {
    KERA_TRY(check_seal(bytes, kJournalEntryHeaderBytes, "entry_crc32c"));
    const disk_codec::JournalEntryHeader raw(as_codec_bytes(bytes), bytes.size());
    if (raw.magic() != kJournalEntryMagic) {
        return fail(ErrorCode::malformed, "entry_magic", kJournalEntryMagic, raw.magic());
    }
    JournalEntryHeader header;
    header.kind = static_cast<JournalEntryKind>(raw.entryKind());
    header.body_bytes = raw.bodyLength();
    header.position = Position(raw.position());
    header.incarnation = raw.incarnation();
    if (header.kind < JournalEntryKind::chunk || header.kind > JournalEntryKind::blank) {
        return fail(ErrorCode::unsupported, "entry_kind",
                    static_cast<std::int64_t>(JournalEntryKind::blank), raw.entryKind());
    }
    if (header.body_bytes % kJournalAlignment != 0) {
        return fail(ErrorCode::malformed, "entry_bytes", kJournalAlignment, header.body_bytes);
    }
    if (header.position < Position(0) || header.position > kJournalPositionMax) {
        return fail(ErrorCode::malformed, "entry_position", kJournalPositionMax.value(),
                    raw.position());
    }
    const std::int64_t lag = std::int64_t{raw.durableLag()} * kJournalAlignment;
    header.durable_position = Position(std::max<std::int64_t>(raw.position() - lag, 0));
    return header;
}

std::vector<std::byte> encode_freed(std::span<const PositionRange> ranges) {
    std::vector<std::byte> body(kFreedHeaderBytes + ranges.size() * kFreedRangeBytes);
    const MutableBytes room(body);
    disk_codec::FreedHeader header(as_codec_bytes(room), room.size());
    header.ranges(static_cast<std::uint32_t>(ranges.size()));
    for (std::size_t at = 0; at < ranges.size(); ++at) {
        const MutableBytes here =
            room.subspan(kFreedHeaderBytes + at * kFreedRangeBytes, kFreedRangeBytes);
        disk_codec::FreedRange raw(as_codec_bytes(here), here.size());
        raw.firstPosition(ranges[at].first.value()).endPosition(ranges[at].end.value());
    }
    seal(room);
    return body;
}

Result<std::vector<PositionRange>> decode_freed(Bytes body) {
    KERA_TRY(check_seal(body, std::max(body.size(), kFreedHeaderBytes), "freed_crc32c"));
    const disk_codec::FreedHeader header(as_codec_bytes(body), body.size());
    const std::size_t bytes = kFreedHeaderBytes + header.ranges() * kFreedRangeBytes;
    if (bytes != body.size()) {
        return fail(ErrorCode::malformed, "freed_bytes", static_cast<std::int64_t>(bytes),
                    static_cast<std::int64_t>(body.size()));
    }
    std::vector<PositionRange> ranges;
    ranges.reserve(header.ranges());
    Position before{0};
    for (std::size_t at = kFreedHeaderBytes; at < bytes; at += kFreedRangeBytes) {
        const Bytes here = body.subspan(at, kFreedRangeBytes);
        const disk_codec::FreedRange raw(as_codec_bytes(here), here.size());
        const PositionRange range{Position(raw.firstPosition()), Position(raw.endPosition())};
        if (range.first < before || range.end <= range.first || range.end > kJournalPositionMax) {
            return fail(ErrorCode::malformed, "freed_position", before.value(),
                        range.first.value());
        }
        before = range.end;
        ranges.push_back(range);
    }
    return ranges;
}

}  // namespace kera
