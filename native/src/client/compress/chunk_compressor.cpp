#include "client/compress/chunk_compressor.hpp"

#include <new>

#include "wire/chunk/compressed_chunk.hpp"

namespace kera {

namespace {

// To decompress costs every reader something, so this part of the payload at least has to go.
constexpr std::size_t kGainPart = 16;

}  // namespace

ChunkCompressor::ChunkCompressor(Codec codec, std::uint32_t chunk_bytes)
    : kind_(codec), codec_(PayloadCodec::create(codec).value()) {
    make_room(std::size_t{2} * chunk_bytes);
}

std::uint32_t ChunkCompressor::compress(MutableBytes chunk) noexcept {
    const auto chunk_bytes = static_cast<std::uint32_t>(chunk.size());
    const std::size_t plain_bytes = chunk.size() - kChunkHeaderBytes;
    const std::size_t worth_bytes = plain_bytes - plain_bytes / kGainPart;
    // What is longer than any reader accepts has to stay readable.
    if (worth_bytes == plain_bytes || plain_bytes > kPlainBytesMax ||
        !make_room(plain_bytes + worth_bytes)) {
        return chunk_bytes;
    }
    // A library must not read what a broker that shares the memory may still change.
    copy_bytes(room_.get(), chunk.data() + kChunkHeaderBytes, plain_bytes);
    const MutableBytes room(room_.get() + plain_bytes, worth_bytes);
    const std::size_t bytes = codec_->compress({room_.get(), plain_bytes}, room);
    if (bytes == 0) {
        return chunk_bytes;
    }
    copy_bytes(chunk.data() + kChunkHeaderBytes, room.data(), bytes);
    return seal_compressed(chunk, kind_, static_cast<std::uint32_t>(bytes));
}

bool ChunkCompressor::make_room(std::size_t bytes) noexcept {
    if (bytes > room_bytes_) {
        room_.reset(new (std::nothrow) std::byte[bytes]);
        room_bytes_ = room_ == nullptr ? 0 : bytes;
    }
    return room_ != nullptr;
}

}  // namespace kera
