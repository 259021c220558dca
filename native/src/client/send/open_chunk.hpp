// The chunk of one streamlet that takes records now, and the numbering of those that follow.
// Thread: whoever holds the producer's lock; in practice the application's.
// Invariant: next_sequence counts every record sealed under `epoch`.
#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "client/send/chunk_buffer.hpp"
#include "wire/chunk/chunk_builder.hpp"

namespace kera {

struct OpenChunk {
    bool is_open() const noexcept { return buffer != nullptr; }

    ChunkBuilder builder;
    ChunkBuffer* buffer = nullptr;
    // Of records that bring no time of their own.
    std::int64_t timestamp_ms = 0;
    std::int64_t opened_at_ns = 0;
    // Neighbours in the order of opening.
    OpenChunk* older = nullptr;
    OpenChunk* younger = nullptr;

    StreamId stream;
    StreamletId streamlet;
    ProducerEpoch epoch;
    Sequence next_sequence;
    std::uint32_t sealed_chunks = 0;
    StreamletQueue* queue = nullptr;
    // Why no chunk is opened any more; ok while they are.
    Error stopped{ErrorCode::ok, "", 0, 0};
};

}  // namespace kera
