// CRC-32C (Castagnoli), as in iSCSI, SSE4.2, ARMv8 and Kafka: crc32c(0, "123456789") == 0xE3069283.
// Any thread. The first call chooses the fastest kernel that this processor has. Invariant:
// crc32c(crc32c(0, a), b) == crc32c(0, ab), for every kernel and every split.
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

// The kernels that this processor can run: the portable one first, the chosen one last.
std::span<const Crc32cKernel> crc32c_kernels() noexcept;

}  // namespace kera
