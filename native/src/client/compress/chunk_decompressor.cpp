#include "client/compress/chunk_decompressor.hpp"

#include "wire/chunk/compressed_chunk.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

namespace {

Error corrupt(const ChunkHeaderCopy& header) {
    const ChunkView chunk(header.data());
    return fail(ErrorCode::corrupt, "compressed_chunk_offset", chunk.end_offset().value(),
                chunk.base_offset().value());
}

}  // namespace

Result<void> ChunkDecompressor::add_plain(Bytes chunk, PlainBytes& plain) {
    ChunkHeaderCopy header;
    copy_bytes(header.data(), chunk.data(), kChunkHeaderBytes);
    KERA_TRY_ASSIGN(const ChunkInfo info, check_chunk_header(header, chunk.size()));
    if (info.codec() == Codec::plain) {
        const MutableBytes room = plain.add(info.chunk_bytes);
        copy_bytes(room.data(), header.data(), kChunkHeaderBytes);
        copy_bytes(room.data() + kChunkHeaderBytes, chunk.data() + kChunkHeaderBytes,
                   info.chunk_bytes - kChunkHeaderBytes);
        return {};
    }
    if (info.payload_format != PayloadFormat::kera_records) {
        return fail(ErrorCode::unsupported, "payload_format", 1,
                    static_cast<std::int64_t>(info.payload_format));
    }
    KERA_TRY_ASSIGN(PayloadCodec * codec, codec_of(info.codec()));
    if (!check_plain_bytes(info).ok()) {
        return corrupt(header);
    }
    // A library must not read what the other side may still change.
    compressed_.clear();
    const MutableBytes compressed = compressed_.add(info.payload_bytes);
    copy_bytes(compressed.data(), chunk.data() + kChunkHeaderBytes, info.payload_bytes);
    const std::size_t plain_bytes = kChunkHeaderBytes + std::size_t{info.plain_bytes};
    const MutableBytes room = plain.add(plain_bytes);
    const MutableBytes payload = room.subspan(kChunkHeaderBytes);
    const bool whole =
        codec->decompress(compressed, payload) && check_records(payload, info.record_count).ok();
    if (!whole) {
        plain.remove_last(plain_bytes);
        return corrupt(header);
    }
    seal_decompressed(room, header);
    return {};
}

Result<PayloadCodec*> ChunkDecompressor::codec_of(Codec codec) {
    std::unique_ptr<PayloadCodec>& known = codecs_[static_cast<std::size_t>(codec)];
    if (known == nullptr) {
        KERA_TRY_ASSIGN(known, PayloadCodec::create(codec));
    }
    return known.get();
}

}  // namespace kera
