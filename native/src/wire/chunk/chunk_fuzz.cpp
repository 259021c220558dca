// For every chunk of a producer: its header is refused, or its lengths fit; accepted records can be
// read in place without leaving the payload. The input is the chunk without correct checksums,
// because a producer can compute those for any bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/check.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/chunk/record.hpp"

namespace {

void check_inside(kera::Bytes part, kera::Bytes whole) {
    if (!part.empty()) {
        KERA_ASSERT(part.data() >= whole.data());
        KERA_ASSERT(part.data() + part.size() <= whole.data() + whole.size());
    }
}

void read_record(const kera::RecordView& record, kera::Bytes payload) {
    const std::uint32_t keys = record.key_count();
    for (std::uint32_t index = 0; index < keys; ++index) {
        check_inside(record.key(index), payload);
    }
    const std::uint32_t fields = record.field_count();
    for (std::uint32_t index = 0; index < fields; ++index) {
        const kera::FieldView field = record.field(index);
        check_inside(std::as_bytes(std::span(field.name)), payload);
        check_inside(field.value.value_or(kera::Bytes()), payload);
    }
    check_inside(record.value(), payload);
}

// Larger inputs would only be slow: headers with millions of keys in few bytes.
constexpr std::size_t kInputBytesMax = 64 * 1024;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    if (length > kInputBytesMax) {
        return 0;
    }
    const auto memory = std::make_unique<std::byte[]>(length);
    std::ranges::copy(std::as_bytes(std::span(data, length)), memory.get());
    const kera::Bytes bytes(memory.get(), length);
    const auto chunk = kera::first_chunk(bytes);
    if (!chunk.ok()) {
        return 0;
    }
    check_inside(chunk->bytes(), bytes);
    check_inside(chunk->payload(), chunk->bytes());
    const kera::ChunkInfo info = chunk->info();
    const bool readable = info.payload_format == kera::PayloadFormat::kera_records &&
                          info.codec() == kera::Codec::plain;
    if (readable && kera::check_records(chunk->payload(), info.record_count).ok()) {
        std::uint32_t seen = 0;
        kera::for_each_record(*chunk, [&](const kera::RecordView& record, kera::Offset) {
            read_record(record, chunk->payload());
            ++seen;
        });
        KERA_ASSERT(seen == info.record_count, seen, info.record_count);
    }
    return 0;
}
