// Test fixture: a chunk as a producer with compression sends it. Stateless.
#pragma once

#include <vector>

#include "client/compress/chunk_compressor.hpp"

namespace kera {

inline std::vector<std::byte> compressed(std::vector<std::byte> chunk, Codec codec) {
    ChunkCompressor compressor(codec, 64);
    chunk.resize(compressor.compress(chunk));
    return chunk;
}

}  // namespace kera
