// For each KiB: ordinary 32-byte stores, then the CRC of the stored bytes, which are still in the
// first-level cache. The destination's lines are prefetched for writing 2 KiB ahead. Streaming
// stores would send the block to memory and back.
#if defined(__x86_64__)

#include <immintrin.h>

#include "base/bytes.hpp"
#include "base/crc/crc32c.hpp"
#include "base/crc/crc32c_kernels.hpp"

namespace kera {

namespace {

constexpr std::size_t kBlockBytes = 1024;
constexpr std::size_t kPrefetchBytes = 2048;

[[gnu::target("avx2,prfchw")]] void copy_block(std::byte* destination,
                                               const std::byte* source) noexcept {
    for (std::size_t at = 0; at < kBlockBytes; at += 64) {
        __builtin_prefetch(destination + at + kPrefetchBytes, 1, 3);
        const auto* const from = reinterpret_cast<const __m256i*>(source + at);
        auto* const to = reinterpret_cast<__m256i*>(destination + at);
        const __m256i first = _mm256_loadu_si256(from);
        const __m256i second = _mm256_loadu_si256(from + 1);
        _mm256_storeu_si256(to, first);
        _mm256_storeu_si256(to + 1, second);
    }
}

}  // namespace

std::uint32_t copy_crc32c_avx2(std::byte* destination, const std::byte* source, std::size_t bytes,
                               std::uint32_t seed) noexcept {
    for (; bytes >= kBlockBytes; bytes -= kBlockBytes) {
        copy_block(destination, source);
        seed = crc32c(seed, destination, kBlockBytes);
        destination += kBlockBytes;
        source += kBlockBytes;
    }
    copy_bytes(destination, source, bytes);
    return crc32c(seed, destination, bytes);
}

}  // namespace kera

#endif
