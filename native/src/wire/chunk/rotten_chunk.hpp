// What a chunk still says of itself when its checksums do not all agree. Any thread; borrows.
// Invariant: only what the leader's own checksum covers is believed.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

struct RottenChunk {
    ChunkPlace place;
    // No record of it lies at or above this offset. How many there were is not covered by the
    // leader's checksum, so as many count as may have fitted.
    Offset offset_limit;
};

// Of the chunk at the start of `bytes`, which is no longer than they are; none where the leader's
// part is rotten, too.
std::optional<RottenChunk> read_rotten_chunk(Bytes bytes);

}  // namespace kera
