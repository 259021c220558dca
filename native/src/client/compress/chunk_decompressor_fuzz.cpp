// Any bytes as a chunk: what comes out is well-formed records, or an error.
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/crc/crc32c.hpp"
#include "client/compress/chunk_decompressor.hpp"
#include "wire/chunk/record.hpp"

namespace {

// Larger ones would only be slow.
constexpr std::uint32_t kPlainBytesKept = 256 * 1024;

void decompress(kera::Bytes bytes) {
    const auto chunk = kera::first_chunk(bytes);
    if (!chunk.ok()) {
        return;
    }
    kera::PlainBytes plain;
    if (kera::ChunkDecompressor().add_plain(bytes, plain).ok()) {
        const auto whole = kera::first_chunk(plain.bytes());
        KERA_ASSERT(whole.ok() && whole->chunk_bytes() == plain.bytes().size());
        KERA_ASSERT(whole->record_count() == chunk->record_count());
        if (kera::is_compressed(bytes)) {
            KERA_ASSERT(kera::check_records(whole->payload(), whole->record_count()).ok());
        }
    } else {
        KERA_ASSERT(plain.empty());
    }
}

}  // namespace

// The first byte chooses the codec, the next four the length; then the payload.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    std::vector<std::uint64_t> words(length / sizeof(std::uint64_t) + 1);
    const kera::MutableBytes whole = std::as_writable_bytes(std::span(words));
    kera::copy_bytes(whole.data(), reinterpret_cast<const std::byte*>(data), length);
    decompress(whole.first(length));
    if (length > kera::kChunkHeaderBytes) {
        kera::MutableBytes chunk =
            whole.first(kera::align_down(length, std::size_t{kera::kChunkAlignment}));
        const std::uint32_t plain_bytes =
            kera::load_le<std::uint32_t>(chunk.data() + 108) % kPlainBytesKept;
        const auto payload_bytes =
            static_cast<std::uint32_t>(chunk.size() - kera::kChunkHeaderBytes);
        kera::store_le(chunk.data() + 60, kera::kChunkMagic);
        kera::store_le(chunk.data() + 64, kera::kChunkVersion);
        kera::store_le(chunk.data() + 65, std::uint8_t{1});
        kera::store_le(chunk.data() + 66, static_cast<std::uint16_t>(1 + (data[0] & 1U)));
        kera::store_le(chunk.data() + 68, static_cast<std::uint32_t>(chunk.size()));
        kera::store_le(chunk.data() + 72, payload_bytes);
        kera::store_le(chunk.data() + 94, std::uint16_t{0});
        kera::store_le(chunk.data() + 96, std::int64_t{-1});
        kera::store_le(chunk.data() + 108, kera::align_down(plain_bytes, 8U));
        decompress(chunk);
    }
    return 0;
}
