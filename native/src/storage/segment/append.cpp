// The check and the one copy of a chunk. See append.hpp. The lane's owner. Nothing here changes
// anything but the room above a segment's head.
#include "storage/segment/append.hpp"

#include "base/bytes.hpp"
#include "base/crc/copy_crc.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

Result<void> take_chunk(Bytes fragment, const ChunkTarget& target, IncomingChunk& chunk) noexcept {
    if (fragment.size() < kChunkHeaderBytes) {
        return fail(ErrorCode::malformed, "chunk_bytes", kChunkHeaderBytes,
                    static_cast<std::int64_t>(fragment.size()));
    }
    if (reinterpret_cast<std::uintptr_t>(fragment.data()) % kChunkAlignment != 0) {
        return fail(ErrorCode::malformed, "chunk_alignment", kChunkAlignment,
                    static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(fragment.data()) %
                                              kChunkAlignment));
    }
    copy_bytes(chunk.header.data(), fragment.data(), kChunkHeaderBytes);
    KERA_TRY_ASSIGN(chunk.info, check_chunk_header(chunk.header, fragment.size()));
    const ChunkInfo& info = chunk.info;
    if (info.chunk_bytes != fragment.size()) {
        return fail(ErrorCode::malformed, "chunk_length",
                    static_cast<std::int64_t>(fragment.size()), info.chunk_bytes);
    }
    if (info.chunk_bytes > target.chunk_bytes_max) {
        return fail(ErrorCode::limit_exceeded, "chunk_bytes", target.chunk_bytes_max,
                    info.chunk_bytes);
    }
    if (info.stream != target.stream) {
        return fail(ErrorCode::unknown_stream, "stream_id", target.stream.value(),
                    info.stream.value());
    }
    if (info.streamlet != target.streamlet) {
        return fail(ErrorCode::unknown_stream, "streamlet_id", target.streamlet.value(),
                    info.streamlet.value());
    }
    KERA_TRY(check_chunk_claims(info));
    chunk.payload = fragment.data() + kChunkHeaderBytes;
    return {};
}

Result<void> copy_chunk(const IncomingChunk& chunk, std::byte* room) noexcept {
    const std::uint32_t header_crc =
        copy_crc32c(room + kClientPartAt, chunk.header.data() + kClientPartAt,
                    kChunkHeaderBytes - kClientPartAt);
    const std::uint32_t crc = copy_crc32c(room + kChunkHeaderBytes, chunk.payload,
                                          chunk.info.chunk_bytes - kChunkHeaderBytes, header_crc);
    if (crc != chunk.info.client_crc32c) {
        return fail(ErrorCode::bad_checksum, "client_crc32c", chunk.info.client_crc32c, crc);
    }
    store_le(room + kClientCrcAt, crc);
    if (chunk.info.payload_format == PayloadFormat::kera_records &&
        chunk.info.codec() == Codec::plain) {
        return check_records({room + kChunkHeaderBytes, chunk.info.payload_bytes},
                             chunk.info.record_count);
    }
    return {};
}

}  // namespace kera
