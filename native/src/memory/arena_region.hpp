// A part of the arena with one owner: its address in this process, and its offset in the memfd for
// other processes. Any thread; a plain value that owns nothing and is valid as long as its arena.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/ids.hpp"

namespace kera {

struct RegionIdTag {};
using RegionId = StrongId<RegionIdTag, std::int32_t>;

struct ArenaRegion {
    RegionId id;
    std::byte* base = nullptr;
    std::size_t bytes = 0;
    // Of `base` in the arena's memfd.
    std::size_t offset = 0;
};

}  // namespace kera
