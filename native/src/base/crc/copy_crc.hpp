// Copies bytes and computes their CRC-32C in one pass. An append touches user data only here. Any
// thread; the first call chooses the fastest kernel that this processor has. Invariant: the CRC is
// that of the bytes stored at the destination. The source may be memory that a hostile process
// changes meanwhile, so no source byte is read twice. Nobody else writes the destination.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kera {

// Returns the CRC of the earlier bytes (`seed`, 0 for none) followed by these bytes. REQUIRES: the
// ranges do not overlap.
std::uint32_t copy_crc32c(std::byte* destination, const std::byte* source, std::size_t bytes,
                          std::uint32_t seed = 0) noexcept;

struct CopyCrcKernel {
    const char* name;
    std::uint32_t (*run)(std::byte* destination, const std::byte* source, std::size_t bytes,
                         std::uint32_t seed) noexcept;
};

// The kernels that this processor can run: the portable one first, the chosen one last.
std::span<const CopyCrcKernel> copy_crc_kernels() noexcept;

}  // namespace kera
