// The crc32 instruction takes three cycles, but a new one can start in each cycle. So three lanes
// of equal length run at once. A carry-less multiplication then moves the first two over zeros, in
// place of the bytes that follow them.
#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/crc/crc32c_kernels.hpp"

#define KERA_SSE42 [[gnu::target("sse4.2,pclmul")]]

namespace kera {

namespace {

constexpr auto kZeroWords = make_zero_words_table();
constexpr std::size_t kLaneWordsMax = kZeroWordsMax / 2;
constexpr std::size_t kLaneWordsMin = 8;

KERA_SSE42 std::uint64_t over_zero_words(std::uint64_t crc, std::size_t words) noexcept {
    const __m128i product =
        _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(crc)),
                             _mm_cvtsi64_si128(static_cast<long long>(kZeroWords[words])), 0);
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
}

}  // namespace

KERA_SSE42 std::uint32_t crc32c_sse42(std::uint32_t seed, const std::byte* data,
                                      std::size_t bytes) noexcept {
    std::uint64_t crc = ~seed;
    while (bytes >= 3 * 8 * kLaneWordsMin) {
        const std::size_t lane_words = std::min(bytes / (3 * 8), kLaneWordsMax);
        const std::size_t lane_bytes = lane_words * 8;
        const std::byte* const end = data + lane_bytes;
        std::uint64_t second = 0;
        std::uint64_t third = 0;
        for (; data < end; data += 8) {
            crc = _mm_crc32_u64(crc, load_le<std::uint64_t>(data));
            second = _mm_crc32_u64(second, load_le<std::uint64_t>(data + lane_bytes));
            third = _mm_crc32_u64(third, load_le<std::uint64_t>(data + 2 * lane_bytes));
        }
        const std::uint64_t moved =
            over_zero_words(crc, 2 * lane_words) ^ over_zero_words(second, lane_words);
        crc = _mm_crc32_u64(0, moved) ^ third;
        data += 2 * lane_bytes;
        bytes -= 3 * lane_bytes;
    }
    for (; bytes >= 8; data += 8, bytes -= 8) {
        crc = _mm_crc32_u64(crc, load_le<std::uint64_t>(data));
    }
    auto crc32 = static_cast<std::uint32_t>(crc);
    for (; bytes > 0; ++data, --bytes) {
        crc32 = _mm_crc32_u8(crc32, static_cast<unsigned char>(*data));
    }
    return ~crc32;
}

}  // namespace kera

#endif
