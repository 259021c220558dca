// What a damaged chunk still says of itself, when not all of its checksums agree. Any thread;
// borrows. Invariant: only bytes under the leader's own checksum are used.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

struct RottenChunk {
    ChunkPlace place;
    // Every record of the chunk has a lower offset. The leader's checksum does not cover the number
    // of records, so as many count as could fit.
    Offset offset_limit;
};

// Reads the chunk at the start of `bytes`; the chunk is not longer than `bytes`. None when the
// leader's part is damaged, too.
std::optional<RottenChunk> read_rotten_chunk(Bytes bytes);

}  // namespace kera
