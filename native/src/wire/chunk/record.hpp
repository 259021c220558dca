// Records of payload format 1: a 16-byte header, keys, headers, value, padding to 8. They are read
// in place. Any thread; borrows. RecordView REQUIRES a record that check_records accepted, as all
// records in a segment are. Invariant: record_bytes is a multiple of 8 and covers exactly the parts
// that the header names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "kera_codec_chunk/RecordHeader.h"
#include "wire/chunk/chunk.hpp"

namespace kera {

inline constexpr std::uint32_t kRecordHeaderBytes = 16;
inline constexpr std::uint32_t kRecordAlignment = 8;
inline constexpr std::uint32_t kKeyHeaderBytes = 4;
inline constexpr std::uint32_t kFieldHeaderBytes = 8;
inline constexpr std::uint32_t kFieldAlignment = 4;
inline constexpr std::uint8_t kNullValue = 0x1;
inline constexpr std::uint16_t kNullFieldValue = 0x1;
inline constexpr std::uint32_t kValueBytesMax = 64U << 20U;

struct FieldView {
    std::string_view name;
    std::optional<Bytes> value;
};

class RecordView {
  public:
    explicit RecordView(const std::byte* record) noexcept : record_(record) {}

    std::uint32_t record_bytes() const noexcept { return header().recordLength(); }
    std::uint32_t key_count() const noexcept { return header().keyCount(); }
    std::uint32_t field_count() const noexcept { return header().headerCount(); }
    std::int32_t timestamp_delta_ms() const noexcept { return header().timestampDeltaMs(); }
    bool has_value() const noexcept { return (header().attributes() & kNullValue) == 0; }
    Bytes value() const noexcept;
    // REQUIRES: index < key_count() or field_count().
    Bytes key(std::uint32_t index) const noexcept;
    FieldView field(std::uint32_t index) const noexcept;

  private:
    codec::chunk::RecordHeader header() const noexcept {
        char* bytes = const_cast<char*>(reinterpret_cast<const char*>(record_));
        return {bytes, kRecordHeaderBytes, codec::chunk::RecordHeader::sbeSchemaVersion()};
    }
    const std::byte* after_keys() const noexcept;
    const std::byte* after_fields() const noexcept;

    const std::byte* record_;
};

// The length of the well-formed record at the start of `rest`, else malformed or bad_record_count.
// Reads nothing beyond `rest`.
Result<std::uint32_t> check_record(Bytes rest);

// As check_record(), for readers that walk over records; 0 for an error.
inline std::uint32_t sound_record_bytes(Bytes rest) noexcept {
    if (rest.size() >= kRecordHeaderBytes) [[likely]] {
        char* bytes = const_cast<char*>(reinterpret_cast<const char*>(rest.data()));
        const codec::chunk::RecordHeader raw(bytes, kRecordHeaderBytes,
                                             codec::chunk::RecordHeader::sbeSchemaVersion());
        const std::uint32_t length = raw.recordLength();
        // Without keys and headers, as nearly all records are.
        const bool bare = raw.keyCount() == 0 && raw.headerCount() == 0;
        const std::uint64_t well_formed = align_up(
            kRecordHeaderBytes + std::uint64_t{raw.valueLength()}, std::uint64_t{kRecordAlignment});
        if (bare && length == well_formed && length <= rest.size()) [[likely]] {
            return length;
        }
    }
    const Result<std::uint32_t> checked = check_record(rest);
    return checked.ok() ? *checked : 0;
}

// Checks that `payload` is exactly `record_count` well-formed records, in one walk.
Result<void> check_records(Bytes payload, std::uint32_t record_count);

// Calls visit(RecordView, Offset) for each record. REQUIRES: a checked, uncompressed chunk of
// format 1.
template <class Visit>
void for_each_record(const ChunkView& chunk, Visit&& visit) {
    const std::byte* at = chunk.data() + kChunkHeaderBytes;
    Offset offset = chunk.base_offset();
    for (std::uint32_t left = chunk.record_count(); left > 0; --left) {
        const RecordView record(at);
        visit(record, offset);
        at += record.record_bytes();
        offset += 1;
    }
}

inline Bytes RecordView::value() const noexcept {
    const codec::chunk::RecordHeader raw = header();
    const bool plain = raw.keyCount() == 0 && raw.headerCount() == 0;
    const std::byte* at = plain ? record_ + kRecordHeaderBytes : after_fields();
    return {at, raw.valueLength()};
}

}  // namespace kera
