#include "bench/touched_memory.hpp"

#include <sys/mman.h>

#include "base/units.hpp"
#include "bench/case.hpp"

namespace kera::bench {

TouchedMemory::TouchedMemory(std::uint64_t bytes, Sharing sharing) {
    const int flags = MAP_ANONYMOUS | (sharing == Sharing::shared ? MAP_SHARED : MAP_PRIVATE);
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (at == MAP_FAILED) {
        must_call(-1, "mmap");
    }
    memory_ = {static_cast<std::byte*>(at), bytes};
    madvise(at, bytes, MADV_HUGEPAGE);
    for (std::uint64_t page = 0; page < bytes; page += 4_KiB) {
        memory_[page] = std::byte{1};
    }
}

TouchedMemory::~TouchedMemory() {
    munmap(memory_.data(), memory_.size());
}

}  // namespace kera::bench
