// A chunk: the producer's batch, in its final bytes. Views over trusted chunks, and the check of
// one that is not. Any thread; borrows. ChunkView REQUIRES bytes that passed check_chunk_header, or
// that a segment holds. Invariant: a checked header's lengths fit each other and the bytes that are
// there.
#pragma once

#include <cstdint>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "kera_codec_chunk/ChunkHeader.h"
#include "wire/frame/frame.hpp"

namespace kera {

inline constexpr std::uint32_t kChunkHeaderBytes = 128;
inline constexpr std::uint32_t kChunkAlignment = 8;
// What clientCrc32c covers starts here and ends with the chunk; the leader's part lies before it.
inline constexpr std::uint32_t kClientCrcAt = 56;
inline constexpr std::uint32_t kClientPartAt = 60;
inline constexpr std::uint32_t kLeaderCrcFrom = 4;
inline constexpr std::uint32_t kChunkMagic = 0x4152454B;  // 'KERA'
inline constexpr std::uint8_t kChunkVersion = 1;
inline constexpr ProducerId kNoProducer{-1};

enum class PayloadFormat : std::uint8_t { kera_records = 1, kafka_batch = 2 };
enum class Codec : std::uint8_t { plain = 0, lz4 = 1, zstd = 2 };
inline constexpr std::uint16_t kCodecMask = 0x7;
inline constexpr std::uint16_t kTransactional = 0x10;
inline constexpr std::uint16_t kControl = 0x20;
inline constexpr std::uint16_t kAttributesKnown = 0x37;

// In the leader's flags: the time of every record is the time of append.
inline constexpr std::uint16_t kTakesAppendTime = 0x1;
// Times, below zero too, and offsets stay this small, so that sums of them cannot overflow.
inline constexpr std::int64_t kTimestampMsMax = std::int64_t{1} << 61;
inline constexpr Offset kOffsetMax{std::int64_t{1} << 61};

// The client's part of a header, as numbers.
struct ChunkInfo {
    std::uint32_t chunk_bytes = 0;
    std::uint32_t payload_bytes = 0;
    std::uint32_t record_count = 0;
    std::uint32_t client_crc32c = 0;
    PayloadFormat payload_format = PayloadFormat::kera_records;
    std::uint16_t attributes = 0;
    StreamId stream;
    StreamletId streamlet;
    ProducerId producer = kNoProducer;
    ProducerEpoch producer_epoch;
    Sequence base_sequence;
    std::int64_t first_timestamp_ms = 0;
    std::int64_t max_timestamp_ms = 0;

    Codec codec() const noexcept { return static_cast<Codec>(attributes & kCodecMask); }
};

// The leader's part, written at append.
struct ChunkPlace {
    Term term;
    Offset base_offset;
    std::int64_t append_time_ms = 0;
    bool takes_append_time = false;
    LaneId lane;
    GroupId group;
    SegmentId segment;
    std::int32_t position = 0;
};

// How long a chunk is and where it wants to go: what must be known before anybody looks closer.
struct ChunkAddress {
    std::uint32_t chunk_bytes = 0;
    StreamId stream;
    StreamletId streamlet;
    ProducerId producer = kNoProducer;
};

// REQUIRES, both: 128 stable bytes. `bytes_available` counts from the chunk's start.
Result<ChunkAddress> check_chunk_address(Bytes header, std::uint64_t bytes_available);
Result<ChunkInfo> check_chunk_header(Bytes header, std::uint64_t bytes_available);

// Records of one chunk, whatever its format and codec: what is compressed cannot be counted, and an
// offset is given away for each. As many as 64 MiB hold uncompressed.
inline constexpr std::uint32_t kChunkRecordsMax = 1U << 22U;

// What a client may claim of a chunk beyond what check_chunk_header holds it to. What was accepted
// before is still read, so that recovery does not ask.
Result<void> check_chunk_claims(const ChunkInfo& info);

// The limit of times, wherever they come from.
Result<void> check_timestamp(std::int64_t timestamp_ms);

// Both CRCs of a chunk that lies in stable memory; used by recovery and by readers that do not
// trust the path.
Result<void> check_chunk_crcs(Bytes chunk);
Result<void> check_client_crc(Bytes chunk);

// Writes the leader's part with its CRC over a chunk whose client part is in place.
void write_place(std::byte* chunk, const ChunkPlace& place) noexcept;

class ChunkView {
  public:
    explicit ChunkView(const std::byte* chunk) noexcept : chunk_(chunk) {}

    const std::byte* data() const noexcept { return chunk_; }
    Bytes bytes() const noexcept { return {chunk_, chunk_bytes()}; }
    Bytes payload() const noexcept { return {chunk_ + kChunkHeaderBytes, payload_bytes()}; }
    std::uint32_t chunk_bytes() const noexcept { return header().chunkLength(); }
    std::uint32_t payload_bytes() const noexcept { return header().payloadLength(); }
    std::uint32_t record_count() const noexcept { return header().recordCount(); }
    Offset base_offset() const noexcept { return Offset(header().baseOffset()); }
    // The offset after the last record.
    Offset end_offset() const noexcept {
        return base_offset() + static_cast<std::int64_t>(record_count());
    }
    std::int64_t first_timestamp_ms() const noexcept { return header().firstTimestampMs(); }
    // By which time indexes and retention go: the producer's, or the append's where the stream says
    // so.
    std::int64_t max_timestamp_ms() const noexcept;
    bool takes_append_time() const noexcept {
        return (header().leaderFlags() & kTakesAppendTime) != 0;
    }
    std::int64_t append_time_ms() const noexcept { return header().appendTimeMs(); }
    std::uint16_t attributes() const noexcept { return header().attributes(); }
    ChunkInfo info() const noexcept;
    ChunkPlace place() const noexcept;

  private:
    codec::chunk::ChunkHeader header() const noexcept;

    const std::byte* chunk_;
};

// Whether the numbers of the leader's part can be those of a chunk; its checksum is another matter.
Result<void> check_place(const ChunkView& chunk);

// The chunk at the start of `bytes`, or an error when no whole, well-formed chunk is there. Its
// leader's part is checked too.
Result<ChunkView> first_chunk(Bytes bytes);

}  // namespace kera

#include "wire/chunk/chunk_inline.hpp"
