// Memory whose pages are all there: what a limit writes through, so that no page fault is timed.
// Any thread; owns its mapping.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace kera::bench {

// Private memory gets huge pages where the machine gives them to anyone; shared memory, as an arena
// is, only where it gives them to shared memory too.
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
