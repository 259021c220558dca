// A chunk is the producer's batch of records, in its final bytes. Here are views over trusted
// chunks, and the checks for others. Any thread; borrows. ChunkView REQUIRES bytes that passed
// check_chunk_header, or that a segment holds. Invariant: the lengths in a checked header fit each
// other and the available bytes.
#pragma once

#include <cstdint>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "kera_codec_chunk/ChunkHeader.h"
#include "wire/frame/frame.hpp"

namespace kera {

inline constexpr std::uint32_t kChunkHeaderBytes = 128;
inline constexpr std::uint32_t kChunkAlignment = 8;
// clientCrc32c covers the bytes from here to the chunk's end. The leader's part is before it.
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

// A flag of the leader: the time of every record is the time of the append.
inline constexpr std::uint16_t kTakesAppendTime = 0x1;
// Times (also negative ones) and offsets stay this small, so that sums of them cannot overflow.
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
    // Of the payload, decompressed; 0: it is not compressed.
    std::uint32_t plain_bytes = 0;

    Codec codec() const noexcept { return static_cast<Codec>(attributes & kCodecMask); }
};

// The leader's part, written at the append.
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

// A chunk's length and destination, which are needed before the other checks.
struct ChunkAddress {
    std::uint32_t chunk_bytes = 0;
    StreamId stream;
    StreamletId streamlet;
    ProducerId producer = kNoProducer;
    // In which its sender believes the streamlet to be.
    Term term = kAnyTerm;
};

// Both REQUIRE 128 stable bytes. `bytes_available` counts from the chunk's start.
Result<ChunkAddress> check_chunk_address(Bytes header, std::uint64_t bytes_available);
Result<ChunkInfo> check_chunk_header(Bytes header, std::uint64_t bytes_available);

// The limit of records in one chunk, for every format and codec: compressed records cannot be
// counted, and each claimed record takes an offset. 64 MiB hold as many uncompressed records.
inline constexpr std::uint32_t kChunkRecordsMax = 1U << 22U;

// The limit of a payload that is decompressed: all that a chunk may hold that is not compressed.
inline constexpr std::uint32_t kPlainBytesMax = (64U << 20U) + (64U << 10U);

// Checks what a compressed chunk says of its decompressed payload.
Result<void> check_plain_bytes(const ChunkInfo& info);

// Checks what a client may claim of a chunk, beyond check_chunk_header. Recovery does not call
// this, so it still reads chunks that were accepted before.
Result<void> check_chunk_claims(const ChunkInfo& info);

// Checks the limit of times, for times from every source.
Result<void> check_timestamp(std::int64_t timestamp_ms);

// Checks both CRCs of a chunk in stable memory, for recovery and for readers that do not trust the
// path.
Result<void> check_chunk_crcs(Bytes chunk);
Result<void> check_client_crc(Bytes chunk);

// Writes the leader's part and its CRC into a chunk whose client part is already there.
void write_place(std::byte* chunk, const ChunkPlace& place) noexcept;

// The sender's part of the leader's part: in which term it believes the streamlet to be.
void state_term(std::byte* chunk, Term term) noexcept;

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
    // The time for indexes and retention: the producer's, or the append's if the stream's settings
    // say so.
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

// Checks that the numbers of the leader's part are possible for a chunk. Does not check its
// checksum.
Result<void> check_place(const ChunkView& chunk);

// The chunk at the start of `bytes`, or an error when there is no whole, well-formed chunk. Checks
// its leader's part, too.
Result<ChunkView> first_chunk(Bytes bytes);

}  // namespace kera

#include "wire/chunk/chunk_inline.hpp"
