// The memory that a node lends to its clients: they map it read-only, and messages refer to it.
// Thread: the transport's. Owns a read-only descriptor for each region; the memory is its owner's
// and outlives the transport. Invariant: only clients that have proven who they are can map a
// region, because regions hold everybody's data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "transport/shm/shm_connection.hpp"
#include "transport/transport.hpp"

namespace kera {

class SharedRegions {
  public:
    // A region without a descriptor cannot be lent: bodies in it are copied.
    Result<void> add(const MemoryRegion& region);

    // Sends the client the descriptors of all regions, and lends it the regions.
    void show_to(const ShmConnection& client) const;

  private:
    struct Region {
        std::span<const std::byte> memory;
        FileDescriptor fd;  // without the right to write
        std::uint64_t fd_offset;
    };

    std::vector<Region> regions_;
};

}  // namespace kera
