// Records with keys and headers, and the sealing of a chunk. One thread; writes only inside the
// builder's buffer.
#include "wire/chunk/chunk_builder.hpp"

#include "base/crc/crc32c.hpp"
#include "kera_codec_chunk/FieldHeader.h"
#include "kera_codec_chunk/KeyHeader.h"
#include "wire/frame/codecs.hpp"

namespace kera {

namespace {

std::uint64_t padded(std::uint64_t bytes) noexcept {
    return align_up(bytes, std::uint64_t{kFieldAlignment});
}

std::uint64_t key_bytes(Bytes key) noexcept {
    return padded(kKeyHeaderBytes + key.size());
}

std::uint64_t field_bytes(const RecordField& field) noexcept {
    return padded(kFieldHeaderBytes + field.name.size() +
                  (field.value ? field.value->size() : std::size_t{0}));
}

std::byte* put(std::byte* at, Bytes bytes) noexcept {
    copy_bytes(at, bytes.data(), bytes.size());
    return at + bytes.size();
}

void pad(std::byte* at, std::byte* end) noexcept {
    zero_bytes(at, static_cast<std::size_t>(end - at));
}

std::byte* put_key(std::byte* at, Bytes key) noexcept {
    std::byte* end = at + key_bytes(key);
    codec::chunk::KeyHeader(as_codec_bytes(MutableBytes(at, kKeyHeaderBytes)), kKeyHeaderBytes)
        .length(static_cast<std::uint32_t>(key.size()));
    pad(put(at + kKeyHeaderBytes, key), end);
    return end;
}

std::byte* put_field(std::byte* at, const RecordField& field) noexcept {
    std::byte* end = at + field_bytes(field);
    const Bytes value = field.value.value_or(Bytes{});
    codec::chunk::FieldHeader(as_codec_bytes(MutableBytes(at, kFieldHeaderBytes)),
                              kFieldHeaderBytes)
        .nameLength(static_cast<std::uint16_t>(field.name.size()))
        .attributes(field.value ? std::uint16_t{0} : kNullFieldValue)
        .valueLength(static_cast<std::uint32_t>(value.size()));
    const Bytes name = std::as_bytes(std::span(field.name));
    pad(put(put(at + kFieldHeaderBytes, name), value), end);
    return end;
}

std::uint64_t bytes_before_value(const RecordContent& content) noexcept {
    std::uint64_t bytes = kRecordHeaderBytes;
    for (const Bytes& key : content.keys) {
        bytes += key_bytes(key);
    }
    for (const RecordField& field : content.fields) {
        bytes += field_bytes(field);
    }
    return bytes;
}

}  // namespace

std::uint64_t record_bytes(const RecordContent& content) noexcept {
    return align_up(bytes_before_value(content) + (content.value ? content.value->size() : 0),
                    std::uint64_t{kRecordAlignment});
}

std::uint64_t record_bytes(const RecordContent& content, std::uint64_t value_bytes) noexcept {
    return align_up(bytes_before_value(content) + value_bytes, std::uint64_t{kRecordAlignment});
}

void ChunkBuilder::add(const RecordContent& content, std::int64_t timestamp_ms) noexcept {
    const Bytes value = content.value.value_or(Bytes{});
    std::byte* at = write_before_value(content, static_cast<std::uint32_t>(value.size()),
                                       content.value ? std::uint8_t{0} : kNullValue, timestamp_ms);
    put(at, value);
}

std::byte* ChunkBuilder::add(const RecordContent& content, std::uint32_t value_bytes,
                             std::int64_t timestamp_ms) noexcept {
    return write_before_value(content, value_bytes, 0, timestamp_ms);
}

std::byte* ChunkBuilder::write_before_value(const RecordContent& content, std::uint32_t value_bytes,
                                            std::uint8_t attributes,
                                            std::int64_t timestamp_ms) noexcept {
    const std::uint64_t before = bytes_before_value(content);
    const std::uint64_t bytes = align_up(before + value_bytes, std::uint64_t{kRecordAlignment});
    KERA_ASSERT(fits(bytes));
    std::byte* at = buffer_.data() + used_bytes_;
    std::byte* const end = at + bytes;
    std::byte* const value = at + before;
    write_header(at, bytes, attributes, static_cast<std::uint8_t>(content.keys.size()),
                 static_cast<std::uint16_t>(content.fields.size()), value_bytes, timestamp_ms);
    at += kRecordHeaderBytes;
    for (const Bytes& key : content.keys) {
        at = put_key(at, key);
    }
    for (const RecordField& field : content.fields) {
        at = put_field(at, field);
    }
    pad(value + value_bytes, end);
    used_bytes_ += bytes;
    ++record_count_;
    return value;
}

MutableBytes ChunkBuilder::seal(const ChunkIdentity& identity) noexcept {
    KERA_ASSERT(!empty());
    const MutableBytes chunk = buffer_.first(used_bytes_);
    seal_chunk(chunk, identity, {record_count_, first_timestamp_ms_, max_timestamp_ms_});
    return chunk;
}

void seal_chunk(MutableBytes chunk, const ChunkIdentity& identity,
                const ChunkSummary& summary) noexcept {
    zero_bytes(chunk.data(), kChunkHeaderBytes);
    const auto chunk_bytes = static_cast<std::uint32_t>(chunk.size());
    codec::chunk::ChunkHeader raw(as_codec_bytes(chunk), kChunkHeaderBytes);
    raw.magic(kChunkMagic)
        .version(kChunkVersion)
        .payloadFormat(static_cast<std::uint8_t>(PayloadFormat::kera_records))
        .attributes(identity.attributes)
        .chunkLength(chunk_bytes)
        .payloadLength(chunk_bytes - kChunkHeaderBytes)
        .recordCount(summary.record_count)
        .streamId(identity.stream.value())
        .streamletId(identity.streamlet.value())
        .producerEpoch(identity.producer_epoch.value())
        .producerId(identity.producer.value())
        .baseSequence(identity.base_sequence.value())
        .firstTimestampMs(summary.first_timestamp_ms)
        .maxTimestampMs(summary.max_timestamp_ms);
    raw.clientCrc32c(crc32c(0, chunk.data() + kClientPartAt, chunk_bytes - kClientPartAt));
}

void renumber_chunk(MutableBytes chunk, ProducerId producer, ProducerEpoch epoch,
                    Sequence base_sequence) noexcept {
    // Does not check the bytes themselves, because a broker can write them, too.
    KERA_ASSERT(chunk.size() >= kChunkHeaderBytes, chunk.size());
    codec::chunk::ChunkHeader raw(as_codec_bytes(chunk), kChunkHeaderBytes);
    raw.producerId(producer.value())
        .producerEpoch(epoch.value())
        .baseSequence(base_sequence.value());
    raw.clientCrc32c(crc32c(0, chunk.data() + kClientPartAt, chunk.size() - kClientPartAt));
}

}  // namespace kera
