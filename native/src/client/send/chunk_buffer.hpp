// A piece of a producer's memory for one chunk, and what is known of the chunk in it. Thread: one
// at a time: the application's while the chunk is open, the loop's from sealing to settling. The
// pool owns it. Invariant: it returns to the pool only when its chunk is settled and no sent frame
// refers to it any more.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

class PoolRegion;
struct OpenChunk;
struct StreamletQueue;

struct ChunkBuffer {
    enum class State : std::uint8_t { free, open, queued, in_flight, settled, discarded };

    MutableBytes room() const noexcept { return {data, room_bytes}; }

    std::byte* data = nullptr;
    std::uint32_t room_bytes = 0;
    // How many neighbouring buffers this one spans; more than one for a large record.
    std::uint32_t buffer_count = 1;
    PoolRegion* region = nullptr;
    // One for each record, when the producer was asked to keep them.
    std::uint64_t* tokens = nullptr;

    // Its number while a shared producer lends it.
    std::uint32_t shared_chunk = 0;

    // Of the chunk, from sealing on.
    StreamletQueue* queue = nullptr;
    ChunkBuffer* before = nullptr;
    ChunkBuffer* after = nullptr;
    std::uint32_t chunk_bytes = 0;
    std::uint32_t record_count = 0;
    // In the order of its streamlet; only differences mean something.
    std::uint32_t position = 0;
    Sequence base_sequence;
    ProducerEpoch epoch;
    State state = State::free;
    bool was_sent = false;
    // Sent frames that refer to this memory.
    std::uint32_t references = 0;
    std::int64_t opened_at_ns = 0;

    // How it went, from settling on.
    Error error{ErrorCode::ok, "", 0, 0};
    Offset base_offset{-1};
    std::int64_t append_time_ms = -1;
    bool duplicate = false;
};

}  // namespace kera
