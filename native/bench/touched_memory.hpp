// Memory with all its pages present, for limits, so that no page fault is measured. Any thread;
// owns its mapping.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace kera::bench {

// Private memory gets huge pages where the machine has them. Shared memory, such as an arena, gets
// them only where the machine also gives them to shared memory.
enum class Sharing : std::uint8_t { own, shared };

class TouchedMemory {
  public:
    TouchedMemory(std::uint64_t bytes, Sharing sharing);
    TouchedMemory(const TouchedMemory&) = delete;
    TouchedMemory& operator=(const TouchedMemory&) = delete;
    ~TouchedMemory();

    MutableBytes bytes() const noexcept { return memory_; }

  private:
    MutableBytes memory_;
};

}  // namespace kera::bench
