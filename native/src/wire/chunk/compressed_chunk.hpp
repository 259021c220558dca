// The headers of a chunk whose payload was compressed, and of the same chunk decompressed. Any
// thread; stateless. Who calls has compressed or decompressed the payload.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

// A chunk's header that nobody else can change any more.
using ChunkHeaderCopy = std::array<std::byte, kChunkHeaderBytes>;

// Header, padding and checksum for a sealed chunk whose payload was replaced, in place, by
// `payload_bytes` of its compressed form. Returns the length of the chunk, which is shorter now.
// REQUIRES: the compressed payload is shorter than the one before.
std::uint32_t seal_compressed(MutableBytes chunk, Codec codec,
                              std::uint32_t payload_bytes) noexcept;

// Header and checksums before a decompressed payload: the chunk as it was before its compression,
// at the place that its leader gave it. REQUIRES: `chunk` has the header's plain_bytes behind its
// own header; check_plain_bytes() is ok.
void seal_decompressed(MutableBytes chunk, const ChunkHeaderCopy& compressed) noexcept;

}  // namespace kera
