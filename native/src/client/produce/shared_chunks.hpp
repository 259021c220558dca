// The chunk buffers that a shared producer lends to the outside thread: their numbers, their words,
// and which are open. Thread: the loop's; the outside thread only adds records to the words. Owns
// numbers and words, borrows the buffers. Invariant: the loop reads a chunk's word only in close(),
// which ends the additions: its exchange pairs with the outside thread's compare-and-set.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "client/send/chunk_buffer.hpp"
#include "client/send/open_chunk.hpp"
#include "kera/kera_shared_producer.h"

namespace kera {

struct SharedChunk {
    // unused: the number is free. lent: the outside thread has the buffer, and no record in it.
    enum class State : std::uint8_t { unused, lent, open, sent };

    ChunkBuffer* buffer = nullptr;
    // The streamlet that its records go to, once it is open.
    OpenChunk* target = nullptr;
    State state = State::unused;
    // Somebody waits for the outcome of a record in it; known once it is closed.
    bool asked = false;
    std::int64_t opened_at_ns = 0;
    std::int64_t first_timestamp_ms = 0;
    // Neighbours in the order of opening.
    SharedChunk* older = nullptr;
    SharedChunk* younger = nullptr;
};

class SharedChunks {
  public:
    // What the outside thread had committed when its chunk was closed.
    struct Content {
        std::uint64_t bytes = 0;
        std::uint32_t records = 0;
        bool own_times = false;
    };

    explicit SharedChunks(std::uint32_t capacity);

    kera_memory states() noexcept {
        return {states_.get(), std::uint64_t{capacity()} * sizeof(kera_shared_chunk_state)};
    }
    std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(chunks_.size()); }

    // Gives a buffer of the pool a number. REQUIRES: fewer than capacity() are in use.
    std::uint32_t lend(ChunkBuffer& buffer);
    // Null where the outside thread names what it does not have.
    SharedChunk* find(std::uint32_t number, SharedChunk::State state) noexcept {
        return number < chunks_.size() && chunks_[number].state == state ? &chunks_[number]
                                                                         : nullptr;
    }
    void open(SharedChunk& chunk, std::int64_t now_ns);
    Content close(SharedChunk& chunk);
    // Lends the buffer to the outside thread again.
    void settle(SharedChunk& chunk);
    // Ends the loan; the number is free again.
    ChunkBuffer& take_back(SharedChunk& chunk);

    // Null: no chunk is open.
    SharedChunk* oldest_open() const noexcept { return oldest_; }

  private:
    kera_shared_chunk_state& state_of(const SharedChunk& chunk) noexcept {
        return states_[static_cast<std::size_t>(&chunk - chunks_.data())];
    }
    void clear_word(const SharedChunk& chunk) noexcept;

    std::vector<SharedChunk> chunks_;
    std::vector<std::uint32_t> free_;
    std::unique_ptr<kera_shared_chunk_state[]> states_;
    SharedChunk* oldest_ = nullptr;
    SharedChunk* youngest_ = nullptr;
};

}  // namespace kera
