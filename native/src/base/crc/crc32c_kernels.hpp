// The kernels of crc32c and copy_crc32c, and their shared constants. Only base includes this. Any
// thread. Call a kernel only on a processor that has the features in its name (cpu_features.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kera {

inline constexpr std::uint32_t kCrc32cPolynomial = 0x82F63B78;  // reflected

// A polynomial times x, modulo the CRC's polynomial; bit 31 is x^0, bit 0 is x^31.
constexpr std::uint32_t times_x(std::uint32_t polynomial) noexcept {
    return (polynomial >> 1) ^ ((polynomial & 1) != 0 ? kCrc32cPolynomial : 0);
}

// x to the given power, modulo the CRC's polynomial.
constexpr std::uint32_t x_to(std::uint32_t power) noexcept {
    std::uint32_t polynomial = 0x80000000;
    for (std::uint32_t i = 0; i < power; ++i) {
        polynomial = times_x(polynomial);
    }
    return polynomial;
}

// Entry n moves a CRC over n zero words of 8 bytes: crc32_u64(0, clmul(crc, entry)). A carry-less
// product of two reflected 32-bit numbers is multiplied by an extra x, and crc32_u64 multiplies by
// x^32. Therefore the 33.
inline constexpr std::size_t kZeroWordsMax = 512;
constexpr std::array<std::uint32_t, kZeroWordsMax + 1> make_zero_words_table() noexcept {
    std::array<std::uint32_t, kZeroWordsMax + 1> table{};
    std::uint32_t polynomial = x_to(64 - 33);
    for (std::size_t n = 1; n <= kZeroWordsMax; ++n) {
        table[n] = polynomial;
        for (int i = 0; i < 64; ++i) {
            polynomial = times_x(polynomial);
        }
    }
    return table;
}

std::uint32_t crc32c_portable(std::uint32_t seed, const std::byte* data,
                              std::size_t bytes) noexcept;

#if defined(__x86_64__)
std::uint32_t crc32c_sse42(std::uint32_t seed, const std::byte* data, std::size_t bytes) noexcept;
std::uint32_t crc32c_avx512(std::uint32_t seed, const std::byte* data, std::size_t bytes) noexcept;
std::uint32_t copy_crc32c_avx512(std::byte* destination, const std::byte* source, std::size_t bytes,
                                 std::uint32_t seed) noexcept;
std::uint32_t copy_crc32c_avx2(std::byte* destination, const std::byte* source, std::size_t bytes,
                               std::uint32_t seed) noexcept;
#elif defined(__aarch64__)
std::uint32_t crc32c_armv8(std::uint32_t seed, const std::byte* data, std::size_t bytes) noexcept;
#endif

// REQUIRES: has_isal().
bool has_isal() noexcept;
std::uint32_t crc32c_isal(std::uint32_t seed, const std::byte* data, std::size_t bytes) noexcept;

std::uint32_t copy_crc32c_portable(std::byte* destination, const std::byte* source,
                                   std::size_t bytes, std::uint32_t seed) noexcept;

}  // namespace kera
