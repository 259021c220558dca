// CRC-32C (Castagnoli), as iSCSI, SSE4.2, ARMv8 and Kafka compute it: crc32c(0, "123456789") ==
// 0xE3069283. Any thread. The fastest kernel that this processor has is chosen at the first call.
// Invariant: chaining, crc32c(crc32c(0, a), b) == crc32c(0, ab), for every kernel and every split.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kera {

// REQUIRES: `bytes` readable bytes at `data`; `data` may be null when `bytes` is zero.
std::uint32_t crc32c(std::uint32_t seed, const std::byte* data, std::size_t bytes) noexcept;

struct Crc32cKernel {
    const char* name;
    std::uint32_t (*run)(std::uint32_t seed, const std::byte* data, std::size_t bytes) noexcept;
};

// Those that this processor can run: the portable one first, the chosen one last.
std::span<const Crc32cKernel> crc32c_kernels() noexcept;

}  // namespace kera
