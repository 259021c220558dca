// Copies bytes and computes their CRC-32C in one pass: the append's only touch of user data.
// Any thread; the fastest kernel that this processor has is chosen at the first call.
// Invariant: the CRC is of the bytes stored at the destination. The source may be memory that a
// hostile process rewrites meanwhile; nothing is read from it twice. The destination must be
// writable by nobody else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kera {

// Returns the CRC of what came before (`seed`, 0 for nothing) followed by these bytes.
// REQUIRES: the ranges do not overlap.
std::uint32_t copy_crc32c(std::byte* destination, const std::byte* source, std::size_t bytes,
                          std::uint32_t seed = 0) noexcept;

struct CopyCrcKernel {
    const char* name;
    std::uint32_t (*run)(std::byte* destination, const std::byte* source, std::size_t bytes,
                         std::uint32_t seed) noexcept;
};

// Those that this processor can run: the portable one first, the chosen one last.
std::span<const CopyCrcKernel> copy_crc_kernels() noexcept;

}  // namespace kera
