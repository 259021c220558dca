// The sealed chunks of one streamlet that have no outcome yet, in the order of their sequences.
// Thread: the loop's; the application's reads settled_chunks (release/acquire). Borrows the chunks.
// Invariants: the chunks from the first one to the last one that was sent are at most kInFlightMax:
// the broker remembers that many sequences, and the first may be sent again. first_queued is the
// first chunk that waits to be sent.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/ids.hpp"
#include "client/send/chunk_buffer.hpp"

namespace kera {

struct StreamletQueue {
    // renewing: a chunk was given up or lost, so those behind it need new numbers.
    enum class State : std::uint8_t { open, renewing, stopped };

    static constexpr std::uint32_t kInFlightMax = 16;

    bool empty() const noexcept { return first == nullptr; }
    void push_back(ChunkBuffer& chunk) noexcept;
    void remove(ChunkBuffer& chunk) noexcept;
    // After the state of some chunk has become queued.
    void find_first_queued() noexcept;
    // Whether the next chunk may be sent, as far as this streamlet is concerned.
    bool may_send(std::int64_t now_ns) const noexcept {
        return state == State::open && first_queued != nullptr && reaches(*first_queued) &&
               now_ns >= not_before_ns;
    }
    // REQUIRES: the chunk is in the list.
    bool reaches(const ChunkBuffer& chunk) const noexcept {
        return chunk.position - first->position < kInFlightMax;
    }

    StreamId stream;
    StreamletId streamlet;
    OpenChunk* open_chunk = nullptr;
    ChunkBuffer* first = nullptr;
    ChunkBuffer* last = nullptr;
    ChunkBuffer* first_queued = nullptr;
    std::uint32_t in_flight = 0;
    std::uint32_t next_position = 0;
    std::uint32_t failures = 0;
    // The broker's latest refusal; ok once it has taken a chunk again.
    ErrorCode refused_with = ErrorCode::ok;
    std::int64_t not_before_ns = 0;
    ProducerEpoch epoch;
    // Of the streamlet, as the broker has said last; kAnyTerm until it has.
    Term term = kAnyTerm;
    // A refusal has said so, not only the stream's metadata.
    bool term_is_its_own = false;
    State state = State::open;
    // Renewing: whether the broker may have seen what was given up, so that the epoch must change.
    bool needs_epoch = false;
    Sequence resume_sequence;
    // In the list of streamlets with something to send.
    bool listed = false;
    StreamletQueue* next_listed = nullptr;

    std::atomic<std::uint32_t> settled_chunks{0};
};

}  // namespace kera
