// Gives each sealed chunk its outcome, tells the user, and lets go of the chunk's memory.
// Thread: the loop's; any may ask for counts. Borrows the chunks. Invariants: a chunk is settled
// once; it is let go of when it is settled and no sent frame refers to it.
#pragma once

#include <cstdint>
#include <vector>

#include "client/send/chunk_buffer.hpp"
#include "client/send/chunk_pool.hpp"
#include "client/send/producer_options.hpp"
#include "client/send/stat_counter.hpp"
#include "ring/value_queue.hpp"

namespace kera {

// REQUIRES: the chunk is settled.
BatchOutcome outcome_of(const ChunkBuffer& chunk);

// Who looks at the outcome of a chunk before its memory goes back to the pool, if anyone does.
struct OutcomeReader {
    // The application's thread.
    ValueQueue<ChunkBuffer*>* application = nullptr;
    // The loop's thread. REQUIRES: the vector has room for all of the pool's buffers.
    std::vector<ChunkBuffer*>* loop = nullptr;
};

class ChunkSettler {
  public:
    ChunkSettler(const ProducerOptions& options, ChunkPool& pool, const OutcomeReader& reader)
        : options_(options), pool_(pool), reader_(reader) {}

    // A chunk has come that is to be settled.
    void on_sealed() noexcept { ++unsettled_; }
    // The only function that gives a chunk its outcome.
    void settle(ChunkBuffer& chunk, const Error& error);
    // A sent frame has ceased to refer to the chunk.
    void drop_reference(ChunkBuffer& chunk) {
        --chunk.references;
        let_go_if_done(chunk);
    }

    // Whether all chunks are settled.
    bool idle() const noexcept { return unsettled_ == 0; }
    std::uint64_t settled() const noexcept { return settled_.get(); }
    std::uint64_t failed() const noexcept { return failed_.get(); }

  private:
    void tell_user(const ChunkBuffer& chunk);
    void let_go_if_done(ChunkBuffer& chunk);

    const ProducerOptions& options_;
    ChunkPool& pool_;
    const OutcomeReader reader_;
    std::uint64_t unsettled_ = 0;
    StatCounter settled_;
    StatCounter failed_;
};

}  // namespace kera
