// The chunk buffers that a shared producer lends to threads outside: their numbers, their words,
// and which are open. Thread: the loop's; threads outside only add records to the words. Owns
// numbers, and the words of one thread; borrows the buffers, and the words of many. Invariant: the
// loop reads what is in a chunk only after close(), whose exchange ends the additions.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "client/send/chunk_buffer.hpp"
#include "client/send/open_chunk.hpp"
#include "kera/kera_shared_producer.h"

namespace kera {

struct SharedChunk {
    // unused: the number is free. lent: the outside has the buffer, and no record in it. closed:
    // threads outside may still write what they have reserved.
    enum class State : std::uint8_t { unused, lent, open, closed, sent };

    ChunkBuffer* buffer = nullptr;
    // The streamlet that its records go to, once it is open.
    OpenChunk* target = nullptr;
    State state = State::unused;
    // Somebody waits for the outcome of a record in it; known once it is closed.
    bool asked = false;
    // How many chunks were closed before it.
    std::uint64_t closed_before = 0;
    std::int64_t opened_at_ns = 0;
    std::int64_t first_timestamp_ms = 0;
    // Neighbours in the order of opening.
    SharedChunk* older = nullptr;
    SharedChunk* younger = nullptr;
};

class SharedChunks {
  public:
    // What was in a chunk when it was closed.
    struct Content {
        std::uint64_t bytes = 0;
        std::uint32_t records = 0;
        bool own_times = false;
        // Of many threads.
        std::uint64_t committed_bytes = 0;
        std::uint32_t spoilt_records = 0;

        // Whether a chunk can hold what the outside thread says; it may say anything.
        Result<void> check(std::uint32_t room_bytes) const;
    };

    // The states of many threads; empty: those of one thread, which are made here.
    SharedChunks(std::uint32_t capacity, std::span<kera_shared_chunk_state> states);

    kera_memory states() noexcept { return {states_.data(), states_.size_bytes()}; }
    std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(chunks_.size()); }

    // Gives a buffer of the pool a number. REQUIRES: fewer than capacity() are in use.
    std::uint32_t lend(ChunkBuffer& buffer);
    // Null where the outside thread names what it does not have.
    SharedChunk* find(std::uint32_t number, SharedChunk::State state) noexcept {
        return number < chunks_.size() && chunks_[number].state == state ? &chunks_[number]
                                                                         : nullptr;
    }
    void open(SharedChunk& chunk, std::int64_t now_ns);
    // Ends the additions.
    void close(SharedChunk& chunk);
    // What was added by then. The bytes are there to be read once all of it is committed.
    Content content(const SharedChunk& chunk) const noexcept;
    // Whether somebody still writes a record there, as far as the words tell.
    static bool uncommitted(const Content& content) noexcept {
        return content.committed_bytes < content.bytes;
    }
    // REQUIRES: closed, and nobody writes there any more.
    void take(SharedChunk& chunk) noexcept;
    // Lends the buffer to the outside again.
    void settle(SharedChunk& chunk);
    // Ends the loan; the number is free again.
    ChunkBuffer& take_back(SharedChunk& chunk);

    // Null: no chunk is open.
    SharedChunk* oldest_open() const noexcept { return oldest_; }

  private:
    kera_shared_chunk_state& state_of(const SharedChunk& chunk) const noexcept {
        return states_[static_cast<std::size_t>(&chunk - chunks_.data())];
    }
    void clear_word(const SharedChunk& chunk) noexcept;

    std::vector<SharedChunk> chunks_;
    std::vector<std::uint32_t> free_;
    const bool many_threads_;
    // Empty where the outside has given its own.
    const std::unique_ptr<kera_shared_chunk_state[]> own_states_;
    const std::span<kera_shared_chunk_state> states_;
    SharedChunk* oldest_ = nullptr;
    SharedChunk* youngest_ = nullptr;
};

}  // namespace kera
