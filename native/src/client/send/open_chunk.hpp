// The chunk of one streamlet that takes records now, and the numbers of those that follow. Thread:
// the one that holds the producer's lock; a shared producer has none, and uses the loop's.
// Invariant: next_sequence counts every record sealed under `epoch`.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "client/send/chunk_buffer.hpp"
#include "wire/chunk/chunk_builder.hpp"

namespace kera {

struct SharedChunk;

struct OpenChunk {
    bool is_open() const noexcept { return buffer != nullptr; }
    // Without the lock: whether it is open now, or was a moment ago.
    bool seems_open() noexcept {
        return std::atomic_ref(buffer).load(std::memory_order_relaxed) != nullptr;
    }
    // With the lock.
    void set_buffer(ChunkBuffer* now) noexcept {
        std::atomic_ref(buffer).store(now, std::memory_order_relaxed);
    }
    // What the next chunk is sealed with.
    ChunkIdentity identity(ProducerId producer) const noexcept {
        return {stream, streamlet, producer, epoch, next_sequence};
    }
    // Notes in the buffer what was sealed in it, with identity(). The chunk after it has the next
    // sequence.
    void number(ChunkBuffer& sealed, std::uint32_t chunk_bytes,
                std::uint32_t record_count) noexcept {
        sealed.chunk_bytes = chunk_bytes;
        sealed.record_count = record_count;
        sealed.base_sequence = next_sequence;
        sealed.epoch = epoch;
        sealed.queue = queue;
        sealed.was_sent = false;
        sealed.duplicate = false;
        next_sequence = advance(next_sequence, static_cast<std::int32_t>(record_count));
        ++sealed_chunks;
    }

    ChunkBuilder builder;
    // Set by set_buffer(), which pairs with seems_open().
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
    // Of a shared producer: the shared chunk that takes records, and how many were closed while
    // threads outside still wrote into them.
    SharedChunk* shared = nullptr;
    std::uint32_t uncommitted_chunks = 0;
    StreamletQueue* queue = nullptr;
    // Why no chunk is opened any more; ok while they are.
    Error stopped{ErrorCode::ok, "", 0, 0};
};

}  // namespace kera
