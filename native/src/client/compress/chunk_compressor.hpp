// Compresses sealed chunks before they are sent, where that makes them shorter. Thread: the loop's.
// Owns a buffer for one payload, before and after. Invariant: a chunk that cannot be compressed,
// for whatever reason, stays as it was.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "client/compress/payload_codec.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

class ChunkCompressor {
  public:
    // Of chunks that are mostly so long. REQUIRES: PayloadCodec::create() of this codec works.
    ChunkCompressor(Codec codec, std::uint32_t chunk_bytes);

    // Returns the length of the chunk afterwards. REQUIRES: it is sealed and not compressed.
    std::uint32_t compress(MutableBytes chunk) noexcept;

  private:
    bool make_room(std::size_t bytes) noexcept;

    const Codec kind_;
    const std::unique_ptr<PayloadCodec> codec_;
    std::unique_ptr<std::byte[]> room_;
    std::size_t room_bytes_ = 0;
};

}  // namespace kera
