// Lays out a chunk in the buffer from which it is sent, so records are written once, in their final
// bytes. One thread; borrows its buffer, which must be 8-byte aligned. Invariant: between calls the
// buffer holds the space for a header and `record_count` whole records.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/units.hpp"
#include "kera_codec_chunk/RecordHeader.h"
#include "wire/chunk/chunk.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

struct RecordField {
    std::string_view name;
    std::optional<Bytes> value;
};

// The content of a record, before it is laid out.
struct RecordContent {
    std::span<const Bytes> keys;
    std::span<const RecordField> fields;
    std::optional<Bytes> value;
};

// The chunk's sender and destination.
struct ChunkIdentity {
    StreamId stream;
    StreamletId streamlet;
    ProducerId producer = kNoProducer;
    ProducerEpoch producer_epoch;
    Sequence base_sequence;
    std::uint16_t attributes = 0;
};

// The bytes of a record in a chunk. 64 bits, because hostile or wrong lengths are checked against
// it.
std::uint64_t record_bytes(const RecordContent& content) noexcept;
std::uint64_t record_bytes(const RecordContent& content, std::uint64_t value_bytes) noexcept;
constexpr std::uint64_t record_bytes(std::uint64_t value_bytes) noexcept {
    return align_up(kRecordHeaderBytes + value_bytes, std::uint64_t{kRecordAlignment});
}

// Gives a sealed chunk a new number, and computes its checksum again. REQUIRES: `chunk` is what
// seal() returned.
void renumber_chunk(MutableBytes chunk, ProducerId producer, ProducerEpoch epoch,
                    Sequence base_sequence) noexcept;

// The header's values for records that are already laid out.
struct ChunkSummary {
    std::uint32_t record_count = 0;
    std::int64_t first_timestamp_ms = 0;
    std::int64_t max_timestamp_ms = 0;
};

// Writes header and checksum before the records of `chunk`. REQUIRES: space for a header, then
// `record_count` whole records up to the end.
void seal_chunk(MutableBytes chunk, const ChunkIdentity& identity,
                const ChunkSummary& summary) noexcept;

class ChunkBuilder {
  public:
    ChunkBuilder() = default;
    explicit ChunkBuilder(MutableBytes buffer) noexcept { reset(buffer); }

    void reset(MutableBytes buffer) noexcept {
        KERA_ASSERT(buffer.size() >= kChunkHeaderBytes);
        KERA_ASSERT(reinterpret_cast<std::uintptr_t>(buffer.data()) % kChunkAlignment == 0);
        buffer_ = buffer;
        used_bytes_ = kChunkHeaderBytes;
        record_count_ = 0;
    }

    bool empty() const noexcept { return record_count_ == 0; }
    std::uint32_t record_count() const noexcept { return record_count_; }
    std::uint64_t used_bytes() const noexcept { return used_bytes_; }
    bool fits(std::uint64_t bytes) const noexcept { return bytes <= buffer_.size() - used_bytes_; }

    // Adds a record without keys or headers, and returns where the caller writes its value. The
    // record counts at once. REQUIRES: fits(record_bytes(value_bytes)).
    std::byte* add(std::uint32_t value_bytes, std::int64_t timestamp_ms) noexcept {
        const std::uint64_t bytes = record_bytes(std::uint64_t{value_bytes});
        KERA_ASSERT(fits(bytes));
        std::byte* at = buffer_.data() + used_bytes_;
        // The padding is in the last word. The caller then writes the part of that word that is
        // value.
        store_le<std::uint64_t>(at + bytes - sizeof(std::uint64_t), 0);
        write_header(at, bytes, 0, 0, 0, value_bytes, timestamp_ms);
        used_bytes_ += bytes;
        ++record_count_;
        return at + kRecordHeaderBytes;
    }

    // Adds a whole record by copying it. REQUIRES: fits(record_bytes(content)).
    void add(const RecordContent& content, std::int64_t timestamp_ms) noexcept;

    // Adds a record with copied keys and headers, and returns where the caller writes its value.
    // REQUIRES: fits(record_bytes(content, value_bytes)); content has no value.
    std::byte* add(const RecordContent& content, std::uint32_t value_bytes,
                   std::int64_t timestamp_ms) noexcept;

    // Whether a record with this time fits into the chunk, since times are stored as differences.
    bool spans(std::int64_t timestamp_ms) const noexcept {
        const std::int64_t delta = timestamp_ms - first_timestamp_ms_;
        return record_count_ == 0 || delta == static_cast<std::int32_t>(delta);
    }

    // Removes the record that was added last. REQUIRES: `bytes` is its length.
    void remove_last(std::uint64_t bytes) noexcept {
        KERA_ASSERT(record_count_ > 0 && used_bytes_ >= kChunkHeaderBytes + bytes);
        used_bytes_ -= bytes;
        --record_count_;
    }

    // Writes header and checksum, and returns the chunk. REQUIRES: not empty.
    MutableBytes seal(const ChunkIdentity& identity) noexcept;

  private:
    std::byte* write_before_value(const RecordContent& content, std::uint32_t value_bytes,
                                  std::uint8_t attributes, std::int64_t timestamp_ms) noexcept;
    void write_header(std::byte* at, std::uint64_t bytes, std::uint8_t attributes,
                      std::uint8_t key_count, std::uint16_t field_count, std::uint32_t value_bytes,
                      std::int64_t timestamp_ms) noexcept {
        if (record_count_ == 0) {
            first_timestamp_ms_ = timestamp_ms;
            max_timestamp_ms_ = timestamp_ms;
        } else if (timestamp_ms > max_timestamp_ms_) {
            max_timestamp_ms_ = timestamp_ms;
        }
        codec::chunk::RecordHeader raw(reinterpret_cast<char*>(at), kRecordHeaderBytes,
                                       codec::chunk::RecordHeader::sbeSchemaVersion());
        raw.recordLength(static_cast<std::uint32_t>(bytes))
            .attributes(attributes)
            .keyCount(key_count)
            .headerCount(field_count)
            .timestampDeltaMs(static_cast<std::int32_t>(timestamp_ms - first_timestamp_ms_))
            .valueLength(value_bytes);
    }

    MutableBytes buffer_;
    std::uint64_t used_bytes_ = 0;
    std::uint32_t record_count_ = 0;
    std::int64_t first_timestamp_ms_ = 0;
    std::int64_t max_timestamp_ms_ = 0;
};

}  // namespace kera
