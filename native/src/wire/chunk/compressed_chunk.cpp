#include "wire/chunk/compressed_chunk.hpp"

#include "base/check.hpp"
#include "base/crc/crc32c.hpp"
#include "base/units.hpp"
#include "wire/frame/codecs.hpp"

namespace kera {

std::uint32_t seal_compressed(MutableBytes chunk, Codec codec,
                              std::uint32_t payload_bytes) noexcept {
    codec::chunk::ChunkHeader raw(as_codec_bytes(chunk), kChunkHeaderBytes);
    // Not out of the header: a broker that shares this memory may write there, too.
    const auto plain_bytes = static_cast<std::uint32_t>(chunk.size() - kChunkHeaderBytes);
    KERA_ASSERT(codec != Codec::plain && payload_bytes < plain_bytes, payload_bytes, plain_bytes);
    const std::uint32_t end = kChunkHeaderBytes + payload_bytes;
    const std::uint32_t chunk_bytes = align_up(end, kChunkAlignment);
    zero_bytes(chunk.data() + end, chunk_bytes - end);
    raw.attributes(static_cast<std::uint16_t>(codec))
        .chunkLength(chunk_bytes)
        .payloadLength(payload_bytes)
        .plainLength(plain_bytes);
    raw.clientCrc32c(crc32c(0, chunk.data() + kClientPartAt, chunk_bytes - kClientPartAt));
    return chunk_bytes;
}

void seal_decompressed(MutableBytes chunk, const ChunkHeaderCopy& compressed) noexcept {
    copy_bytes(chunk.data(), compressed.data(), kChunkHeaderBytes);
    codec::chunk::ChunkHeader raw(as_codec_bytes(chunk), kChunkHeaderBytes);
    const std::uint32_t plain_bytes = raw.plainLength();
    KERA_ASSERT(chunk.size() == kChunkHeaderBytes + std::size_t{plain_bytes}, chunk.size());
    raw.attributes(static_cast<std::uint16_t>(raw.attributes() & ~kCodecMask))
        .chunkLength(kChunkHeaderBytes + plain_bytes)
        .payloadLength(plain_bytes)
        .plainLength(0);
    raw.clientCrc32c(crc32c(0, chunk.data() + kClientPartAt, chunk.size() - kClientPartAt));
    raw.leaderCrc32c(crc32c(0, chunk.data() + kLeaderCrcFrom, kClientPartAt - kLeaderCrcFrom));
}

}  // namespace kera
