// Where a producer's pool lies: in the memory of the current session, from which chunks are sent
// without a copy, or else in the client's own. Thread: the loop's. Borrows loop and pool.
// Invariant: chunks that were opened in earlier memory stay there; at most one such region is
// waited for.
#pragma once

#include <cstdint>

#include "client/send/chunk_pool.hpp"

namespace kera {

class Loop;

class PoolMemory {
  public:
    PoolMemory(Loop& loop, ChunkPool& pool) : loop_(loop), pool_(pool) {}

    void on_session_ready() noexcept { wanted_ = true; }
    // Whether move() has something to do now.
    bool is_due();
    // Opens chunks in the session's memory from now on. Needs the producer's lock. False: the
    // session has no memory to lend, and all stays as it is.
    bool move();
    // How often the pool has moved.
    std::uint32_t region() const noexcept { return region_; }

  private:
    Loop& loop_;
    ChunkPool& pool_;
    bool wanted_ = true;
    std::uint32_t region_ = 0;
};

}  // namespace kera
