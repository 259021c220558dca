#include "wire/chunk/rotten_chunk.hpp"

#include <algorithm>

#include "base/crc/crc32c.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

std::optional<RottenChunk> read_rotten_chunk(Bytes bytes) {
    if (bytes.size() < kChunkHeaderBytes) {
        return std::nullopt;
    }
    const auto stored = load_le<std::uint32_t>(bytes.data());
    if (stored != crc32c(0, bytes.data() + kLeaderCrcFrom, kClientPartAt - kLeaderCrcFrom)) {
        return std::nullopt;
    }
    const ChunkView chunk(bytes.data());
    const ChunkPlace place = chunk.place();
    if (!check_place(chunk).ok()) {
        return std::nullopt;
    }
    std::size_t records = (bytes.size() - kChunkHeaderBytes) / kRecordHeaderBytes;
    if (chunk.info().codec() != Codec::plain) {
        records = kChunkRecordsMax;
    }
    records = std::clamp<std::size_t>(records, 1, kChunkRecordsMax);
    return RottenChunk{place, place.base_offset + static_cast<std::int64_t>(records)};
}

}  // namespace kera
