// The arguments and results of an append, and the check of a chunk that a hostile peer may still be
// changing. The lane's owner. The header is copied once, and only the copy is believed; payload
// bytes are read once, by the pass that copies them into the segment. Invariant: what take_chunk()
// and copy_chunk() accept is well-formed for ever.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "storage/segment/segment.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/frame/levels.hpp"

namespace kera {

struct AppendContext {
    // The term of the leader that appends.
    Term term;
    std::int64_t now_ms = 0;
    AckLevel ack_level = AckLevel::leader;
};

// Where an appended chunk is. `segment` and `data` stay valid under a lease on the segment.
struct ChunkRef {
    const std::byte* data = nullptr;
    Segment* segment = nullptr;
    std::uint32_t bytes = 0;
    std::uint32_t position = 0;
    LaneId lane_id;
    GroupId group_id;
    SegmentId segment_id;
};

struct Appended {
    Offset base_offset;
    std::uint32_t record_count = 0;
    // It was appended before: base_offset is the first try's, the chunk reference is empty,
    // append_time_ms is -1. The first try may not be durable yet, so an acknowledgement above
    // `leader` waits for what the journal holds now.
    bool duplicate = false;
    // The lane did not know the producer before.
    bool new_producer = false;
    std::int64_t append_time_ms = -1;
    ChunkRef chunk;
    // The segment that this append has filled and closed, if any: it may be flushed now. Lease it
    // to keep it.
    Segment* closed = nullptr;
};

// A chunk whose header was copied and checked. Its payload is still in the peer's memory.
struct IncomingChunk {
    alignas(64) std::array<std::byte, kChunkHeaderBytes> header;
    ChunkInfo info;
    const std::byte* payload = nullptr;
};

struct ChunkTarget {
    StreamId stream;
    StreamletId streamlet;
    std::uint32_t chunk_bytes_max = 0;
};

// `fragment` is exactly one chunk, so its sender says.
Result<void> take_chunk(Bytes fragment, const ChunkTarget& target, IncomingChunk& chunk) noexcept;

// Copies the chunk's client part to `room` and checksums it in the same pass, then counts the
// records of the copy.
Result<void> copy_chunk(const IncomingChunk& chunk, std::byte* room) noexcept;

}  // namespace kera
