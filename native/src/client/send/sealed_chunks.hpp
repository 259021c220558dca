// The way of sealed chunks from the application's thread to the loop's, and the lock over open
// chunks and their numbers. Thread: push() is for who holds the lock, pop() and empty() for the
// loop's. Borrows the chunks. Invariant: there is room for all of a producer's buffers.
#pragma once

#include <cstddef>

#include "base/check.hpp"
#include "client/send/chunk_buffer.hpp"
#include "client/session/spin_lock.hpp"
#include "ring/value_queue.hpp"

namespace kera {

class SealedChunks {
  public:
    SealedChunks(bool two_threads, std::size_t capacity) : lock_(two_threads), chunks_(capacity) {}

    SpinLock& lock() noexcept { return lock_; }

    // In the order of their numbers.
    void push(ChunkBuffer& chunk) noexcept {
        const bool pushed = chunks_.push(&chunk);
        KERA_ASSERT(pushed);
    }
    // False: none.
    bool pop(ChunkBuffer*& chunk) noexcept { return chunks_.pop(chunk); }
    bool empty() const noexcept { return chunks_.empty(); }

  private:
    SpinLock lock_;
    ValueQueue<ChunkBuffer*> chunks_;
};

}  // namespace kera
