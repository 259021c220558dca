// Somebody who holds a node's memory while no node does: between the death of a process and the
// start of the next one. One thread. Invariant: what keep() has given stays until drop(), forget()
// or the next keep(), whatever happens to this process.
#pragma once

#include "base/file_descriptor.hpp"
#include "base/result.hpp"

namespace kera {

// Two pieces of shared memory: the chunks, and what of them the disk may not have.
struct KeptMemory {
    FileDescriptor chunks;
    FileDescriptor tails;

    bool empty() const noexcept { return !chunks.open(); }
};

class MemoryKeeper {
  public:
    virtual ~MemoryKeeper() = default;

    // What the process before has left; empty: nothing. It is still kept.
    virtual Result<KeptMemory> take() = 0;
    virtual Result<void> drop() = 0;
    virtual Result<void> keep(int chunks, int tails) = 0;
    // Nothing is to be kept any more: all is on disk.
    virtual void forget() noexcept = 0;
};

}  // namespace kera
