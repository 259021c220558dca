// How tails of journals lie in memory: one page that says what follows, then a table for each
// reactor. Written and read by processes of one build on one machine, in its byte order. Plain
// values.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kera {

inline constexpr std::uint32_t kTailsMagic = 0x4C494154;  // 'TAIL'
// Of this layout. A process that finds another one does not read it.
inline constexpr std::uint32_t kTailsVersion = 2;
inline constexpr std::size_t kTailsHeaderBytes = 4096;
// The numbers of the first entry and of the one after the last, both counted from 0 for ever.
inline constexpr std::size_t kTailTableHeaderBytes = 64;

struct TailsHeader {
    std::uint32_t magic = kTailsMagic;
    std::uint32_t version = kTailsVersion;
    std::uint64_t reactors = 0;
    // Entries of each table, a power of two.
    std::uint64_t capacity = 0;
    // Of the memory with the chunks.
    std::uint64_t chunk_memory_bytes = 0;
};

struct TailSlot {
    std::int64_t position = 0;
    // Of a chunk: where it begins in the memory of chunks.
    std::int64_t where = 0;
    std::uint32_t body_bytes = 0;
    std::uint32_t kind = 0;
};
static_assert(sizeof(TailSlot) == 24);

}  // namespace kera
