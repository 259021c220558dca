// Decompresses chunks that came over a path that is not trusted. One thread. Owns the codecs, which
// it makes when it needs them. Invariants: the other side may still write into a chunk, so header
// and payload are copied before they are used; no chunk takes more than kPlainBytesMax of memory.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "client/compress/payload_codec.hpp"
#include "client/compress/plain_bytes.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

inline bool is_compressed(Bytes chunk) noexcept {
    return (ChunkView(chunk.data()).attributes() & kCodecMask) != 0;
}

class ChunkDecompressor {
  public:
    // Adds the chunk to `plain`: decompressed, or as it is when it is not compressed. corrupt when
    // the payload is not what the header says: `value` is the chunk's first offset, `limit` the
    // next chunk's. On an error nothing is added. REQUIRES: check_next_chunk() has given the chunk.
    Result<void> add_plain(Bytes chunk, PlainBytes& plain);

  private:
    Result<PayloadCodec*> codec_of(Codec codec);

    static constexpr std::size_t kCodecs = 3;
    std::array<std::unique_ptr<PayloadCodec>, kCodecs> codecs_;
    PlainBytes compressed_;
};

}  // namespace kera
