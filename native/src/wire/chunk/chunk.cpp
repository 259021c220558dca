// Checks a chunk's header and checksums, and writes the leader's part. Any thread. Works on stable
// bytes: a caller that reads a peer's memory copies the header out first.
#include "wire/chunk/chunk.hpp"

#include "base/bytes.hpp"
#include "base/crc/crc32c.hpp"
#include "wire/chunk/record.hpp"
#include "wire/frame/codecs.hpp"

namespace kera {

using codec::chunk::ChunkHeader;

static_assert(ChunkHeader::encodedLength() == kChunkHeaderBytes);
static_assert(ChunkHeader::clientCrc32cEncodingOffset() == kClientCrcAt);
static_assert(ChunkHeader::magicEncodingOffset() == kClientPartAt);
static_assert(ChunkHeader::termEncodingOffset() == kLeaderCrcFrom);

namespace {

Result<void> check_header_is_there(Bytes header, std::uint64_t bytes_available) {
    if (header.size() < kChunkHeaderBytes || bytes_available < kChunkHeaderBytes) {
        return fail(ErrorCode::malformed, "chunk_bytes", kChunkHeaderBytes,
                    static_cast<std::int64_t>(header.size()));
    }
    return {};
}

// Checks that it is a whole chunk, in a known layout.
Result<void> check_extent(const ChunkHeader& raw, std::uint64_t bytes_available) {
    if (raw.magic() != kChunkMagic) {
        return fail(ErrorCode::malformed, "chunk_magic", kChunkMagic, raw.magic());
    }
    if (raw.version() != kChunkVersion) {
        return fail(ErrorCode::unsupported, "chunk_version", kChunkVersion, raw.version());
    }
    const std::uint32_t chunk_bytes = raw.chunkLength();
    if (chunk_bytes < kChunkHeaderBytes || chunk_bytes % kChunkAlignment != 0) {
        return fail(ErrorCode::malformed, "chunk_length", kChunkHeaderBytes, chunk_bytes);
    }
    if (chunk_bytes > bytes_available) {
        return fail(ErrorCode::malformed, "chunk_length",
                    static_cast<std::int64_t>(bytes_available), chunk_bytes);
    }
    return {};
}

Result<void> check_meaning(const ChunkInfo& info) {
    const std::uint32_t room = info.chunk_bytes - kChunkHeaderBytes;
    if (info.payload_bytes > room || room - info.payload_bytes >= kChunkAlignment) {
        return fail(ErrorCode::malformed, "payload_length", room, info.payload_bytes);
    }
    if (info.record_count == 0) {
        return fail(ErrorCode::bad_record_count, "record_count", 1, 0);
    }
    if ((info.attributes & ~kAttributesKnown) != 0 || info.codec() > Codec::zstd) {
        return fail(ErrorCode::unsupported, "chunk_attributes", kAttributesKnown, info.attributes);
    }
    if (info.payload_format != PayloadFormat::kera_records &&
        info.payload_format != PayloadFormat::kafka_batch) {
        return fail(ErrorCode::unsupported, "payload_format", 2,
                    static_cast<std::int64_t>(info.payload_format));
    }
    if (info.codec() == Codec::plain && info.plain_bytes != 0) {
        return fail(ErrorCode::malformed, "plain_length", 0, info.plain_bytes);
    }
    const bool counts_records =
        info.payload_format == PayloadFormat::kera_records && info.codec() == Codec::plain;
    if (counts_records && info.record_count > info.payload_bytes / kRecordHeaderBytes) {
        return fail(ErrorCode::bad_record_count, "record_count",
                    info.payload_bytes / kRecordHeaderBytes, info.record_count);
    }
    if (info.producer < kNoProducer) {
        return fail(ErrorCode::malformed, "producer_id", kNoProducer.value(),
                    info.producer.value());
    }
    if (info.producer != kNoProducer &&
        (info.base_sequence < Sequence(0) || info.producer_epoch < ProducerEpoch(0))) {
        return fail(ErrorCode::malformed, "base_sequence", 0, info.base_sequence.value());
    }
    for (const std::int64_t time_ms : {info.first_timestamp_ms, info.max_timestamp_ms}) {
        KERA_TRY(check_timestamp(time_ms));
    }
    return {};
}

}  // namespace

Result<void> check_plain_bytes(const ChunkInfo& info) {
    if (info.plain_bytes > kPlainBytesMax) {
        return fail(ErrorCode::limit_exceeded, "plain_length", kPlainBytesMax, info.plain_bytes);
    }
    if (info.plain_bytes == 0 || info.plain_bytes % kRecordAlignment != 0) {
        return fail(ErrorCode::malformed, "plain_length", kRecordAlignment, info.plain_bytes);
    }
    if (info.record_count > info.plain_bytes / kRecordHeaderBytes) {
        return fail(ErrorCode::bad_record_count, "record_count",
                    info.plain_bytes / kRecordHeaderBytes, info.record_count);
    }
    return {};
}

Result<void> check_chunk_claims(const ChunkInfo& info) {
    // Until somebody writes and reads them, nobody could say what they mean.
    if (info.payload_format != PayloadFormat::kera_records) {
        return fail(ErrorCode::unsupported, "payload_format", 1,
                    static_cast<std::int64_t>(info.payload_format));
    }
    if ((info.attributes & ~kCodecMask) != 0) {
        return fail(ErrorCode::unsupported, "chunk_attributes", kCodecMask, info.attributes);
    }
    if (info.record_count > kChunkRecordsMax) {
        return fail(ErrorCode::bad_record_count, "record_count", kChunkRecordsMax,
                    info.record_count);
    }
    // Records store their times as 32-bit differences from the first one.
    const std::int64_t span_ms = info.max_timestamp_ms - info.first_timestamp_ms;
    if (span_ms < 0 || span_ms > INT32_MAX) {
        return fail(ErrorCode::malformed, "max_timestamp_ms", info.first_timestamp_ms,
                    info.max_timestamp_ms);
    }
    return info.codec() == Codec::plain ? Result<void>{} : check_plain_bytes(info);
}

Result<void> check_timestamp(std::int64_t timestamp_ms) {
    if (timestamp_ms > kTimestampMsMax || timestamp_ms < -kTimestampMsMax) {
        return fail(ErrorCode::invalid_argument, "timestamp_ms", kTimestampMsMax, timestamp_ms);
    }
    return {};
}

ChunkInfo ChunkView::info() const noexcept {
    const ChunkHeader raw = header();
    ChunkInfo info;
    info.chunk_bytes = raw.chunkLength();
    info.payload_bytes = raw.payloadLength();
    info.record_count = raw.recordCount();
    info.client_crc32c = raw.clientCrc32c();
    info.payload_format = static_cast<PayloadFormat>(raw.payloadFormat());
    info.attributes = raw.attributes();
    info.stream = StreamId(raw.streamId());
    info.streamlet = StreamletId(raw.streamletId());
    info.producer = ProducerId(raw.producerId());
    info.producer_epoch = ProducerEpoch(raw.producerEpoch());
    info.base_sequence = Sequence(raw.baseSequence());
    info.first_timestamp_ms = raw.firstTimestampMs();
    info.max_timestamp_ms = raw.maxTimestampMs();
    info.plain_bytes = raw.plainLength();
    return info;
}

ChunkPlace ChunkView::place() const noexcept {
    const ChunkHeader raw = header();
    ChunkPlace place;
    place.term = Term(raw.term());
    place.base_offset = Offset(raw.baseOffset());
    place.append_time_ms = raw.appendTimeMs();
    place.takes_append_time = (raw.leaderFlags() & kTakesAppendTime) != 0;
    place.lane = LaneId(raw.lane());
    place.group = GroupId(raw.group());
    place.segment = SegmentId(raw.segment());
    place.position = raw.position();
    return place;
}

Result<ChunkAddress> check_chunk_address(Bytes header, std::uint64_t bytes_available) {
    KERA_TRY(check_header_is_there(header, bytes_available));
    const ChunkHeader raw(as_codec_bytes(header), header.size());
    KERA_TRY(check_extent(raw, bytes_available));
    return ChunkAddress{raw.chunkLength(), StreamId(raw.streamId()), StreamletId(raw.streamletId()),
                        ProducerId(raw.producerId()), Term(raw.term())};
}

Result<ChunkInfo> check_chunk_header(Bytes header, std::uint64_t bytes_available) {
    KERA_TRY(check_header_is_there(header, bytes_available));
    const ChunkHeader raw(as_codec_bytes(header), header.size());
    KERA_TRY(check_extent(raw, bytes_available));
    if (raw.clientReserved0() != 0) {
        return fail(ErrorCode::malformed, "chunk_reserved", 0, raw.clientReserved0());
    }
    const ChunkInfo info = ChunkView(header.data()).info();
    KERA_TRY(check_meaning(info));
    return info;
}

Result<void> check_client_crc(Bytes chunk) {
    const std::uint32_t stored = load_le<std::uint32_t>(chunk.data() + kClientCrcAt);
    const std::uint32_t actual =
        crc32c(0, chunk.data() + kClientPartAt, chunk.size() - kClientPartAt);
    if (stored != actual) {
        return fail(ErrorCode::bad_checksum, "client_crc32c", stored, actual);
    }
    return {};
}

Result<void> check_chunk_crcs(Bytes chunk) {
    const std::uint32_t stored = load_le<std::uint32_t>(chunk.data());
    const std::uint32_t actual =
        crc32c(0, chunk.data() + kLeaderCrcFrom, kClientPartAt - kLeaderCrcFrom);
    if (stored != actual) {
        return fail(ErrorCode::bad_checksum, "leader_crc32c", stored, actual);
    }
    return check_client_crc(chunk);
}

void write_place(std::byte* chunk, const ChunkPlace& place) noexcept {
    ChunkHeader raw(as_codec_bytes(MutableBytes(chunk, kChunkHeaderBytes)), kChunkHeaderBytes);
    raw.term(place.term.value())
        .baseOffset(place.base_offset.value())
        .appendTimeMs(place.append_time_ms)
        .lane(place.lane.value())
        .leaderFlags(place.takes_append_time ? kTakesAppendTime : std::uint16_t{0})
        .group(place.group.value())
        .segment(place.segment.value())
        .position(place.position)
        .leaderReserved0(0)
        .leaderReserved1(0);
    raw.leaderCrc32c(crc32c(0, chunk + kLeaderCrcFrom, kClientPartAt - kLeaderCrcFrom));
}

void state_term(std::byte* chunk, Term term) noexcept {
    // Mostly it is there already, and the broker may still be reading what was sent before.
    if (load_le<std::int32_t>(chunk + kLeaderCrcFrom) != term.value()) {
        store_le(chunk + kLeaderCrcFrom, term.value());
    }
}

Result<void> check_place(const ChunkView& chunk) {
    const ChunkPlace place = chunk.place();
    if (place.base_offset < Offset(0) || place.base_offset > kOffsetMax) {
        return fail(ErrorCode::malformed, "base_offset", kOffsetMax.value(),
                    place.base_offset.value());
    }
    if (place.append_time_ms > kTimestampMsMax || place.append_time_ms < -kTimestampMsMax) {
        return fail(ErrorCode::malformed, "append_time_ms", kTimestampMsMax, place.append_time_ms);
    }
    return {};
}

Result<ChunkView> first_chunk(Bytes bytes) {
    KERA_TRY(check_chunk_header(bytes.first(std::min<std::size_t>(bytes.size(), kChunkHeaderBytes)),
                                bytes.size()));
    const ChunkView chunk(bytes.data());
    KERA_TRY(check_place(chunk));
    return chunk;
}

}  // namespace kera
