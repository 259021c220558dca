// Inline bodies of ChunkView: reading a field costs one load. Any thread; borrows. Included only by
// wire/chunk/chunk.hpp.
#pragma once

#include "wire/chunk/chunk.hpp"

namespace kera {

inline codec::chunk::ChunkHeader ChunkView::header() const noexcept {
    char* bytes = const_cast<char*>(reinterpret_cast<const char*>(chunk_));
    return {bytes, kChunkHeaderBytes, codec::chunk::ChunkHeader::sbeSchemaVersion()};
}

inline std::int64_t ChunkView::max_timestamp_ms() const noexcept {
    return takes_append_time() ? append_time_ms() : header().maxTimestampMs();
}

}  // namespace kera
