// Folding: four 64-byte registers hold the polynomial of all bytes so far, modulo the CRC's
// polynomial but not fully reduced. Each step multiplies them by x^2048 and adds the next 256
// bytes. The copying kernel stores the same registers that it folds. So its CRC is that of the
// stored bytes, even if another process changes the source meanwhile.
#if defined(__x86_64__)

#include <immintrin.h>

#include "base/bytes.hpp"
#include "base/crc/crc32c_kernels.hpp"

#define KERA_AVX512 [[gnu::target("avx512f,avx512vl,vpclmulqdq,pclmul,sse4.2,prfchw")]]
#define KERA_AVX512_INLINE \
    [[gnu::target("avx512f,avx512vl,vpclmulqdq,pclmul,sse4.2,prfchw"), gnu::always_inline]] inline

namespace kera {

namespace {

constexpr std::size_t kRegisterBytes = 64;
constexpr std::size_t kStepBytes = 4 * kRegisterBytes;
constexpr std::size_t kPrefetchAheadBytes = 2048;

// The factors that move the two 64-bit halves of a 128-bit lane over `bits` of zeros. The half that
// is first in memory has the higher degree, by 64. The 33 is explained at make_zero_words_table.
struct FoldFactors {
    std::uint32_t first;
    std::uint32_t second;
};
constexpr FoldFactors fold_factors(std::uint32_t bits) noexcept {
    return {x_to(bits + 64 - 33), x_to(bits - 33)};
}

constexpr FoldFactors kOver2048 = fold_factors(2048);
constexpr FoldFactors kOver1536 = fold_factors(1536);
constexpr FoldFactors kOver512 = fold_factors(512);
constexpr FoldFactors kOver384 = fold_factors(384);
constexpr FoldFactors kOver256 = fold_factors(256);
constexpr FoldFactors kOver128 = fold_factors(128);

KERA_AVX512_INLINE __m512i same_in_every_lane(FoldFactors factors) noexcept {
    return _mm512_set_epi64(factors.second, factors.first, factors.second, factors.first,
                            factors.second, factors.first, factors.second, factors.first);
}

KERA_AVX512_INLINE __m512i moved(__m512i lanes, __m512i factors) noexcept {
    return _mm512_xor_si512(_mm512_clmulepi64_epi128(lanes, factors, 0x00),
                            _mm512_clmulepi64_epi128(lanes, factors, 0x11));
}

KERA_AVX512_INLINE __m512i fold(__m512i lanes, __m512i factors, __m512i next) noexcept {
    constexpr int kXorOfThree = 0x96;
    return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(lanes, factors, 0x00),
                                     _mm512_clmulepi64_epi128(lanes, factors, 0x11), next,
                                     kXorOfThree);
}

// Reduces one 64-byte register to the CRC state.
KERA_AVX512_INLINE std::uint32_t reduce(__m512i lanes) noexcept {
    const __m512i factors = _mm512_set_epi64(0, 0, kOver128.second, kOver128.first, kOver256.second,
                                             kOver256.first, kOver384.second, kOver384.first);
    const __m512i products = moved(lanes, factors);
    // The zero-masking forms, because GCC 12 warns about an undefined operand in its own header for
    // the plain ones.
    constexpr __mmask8 kAll = 0x0F;
    __m128i sum = _mm512_maskz_extracti32x4_epi32(kAll, lanes, 3);
    sum = _mm_xor_si128(sum, _mm512_maskz_extracti32x4_epi32(kAll, products, 0));
    sum = _mm_xor_si128(sum, _mm512_maskz_extracti32x4_epi32(kAll, products, 1));
    sum = _mm_xor_si128(sum, _mm512_maskz_extracti32x4_epi32(kAll, products, 2));
    const std::uint64_t crc = _mm_crc32_u64(0, static_cast<std::uint64_t>(_mm_cvtsi128_si64(sum)));
    return static_cast<std::uint32_t>(
        _mm_crc32_u64(crc, static_cast<std::uint64_t>(_mm_extract_epi64(sum, 1))));
}

// Loads 64 bytes at `at`, and stores them when copying. Without kCopy the destination is null.
template <bool kCopy>
KERA_AVX512_INLINE __m512i take(std::byte* destination, const std::byte* source,
                                std::size_t at) noexcept {
    __m512i bytes = _mm512_loadu_si512(source + at);
    if constexpr (kCopy) {
        // Hides the origin of the register from the compiler, so that it cannot load the source
        // again.
        asm volatile("" : "+v"(bytes));
        __builtin_prefetch(destination + at + kPrefetchAheadBytes, 1, 3);
        _mm512_storeu_si512(destination + at, bytes);
    }
    return bytes;
}

// The CRC of the last bytes, fewer than a register holds.
KERA_AVX512_INLINE std::uint32_t crc_of_rest(std::uint32_t state, const std::byte* data,
                                             std::size_t bytes) noexcept {
    std::uint64_t crc = state;
    for (; bytes >= 8; data += 8, bytes -= 8) {
        crc = _mm_crc32_u64(crc, load_le<std::uint64_t>(data));
    }
    auto crc32 = static_cast<std::uint32_t>(crc);
    for (; bytes > 0; ++data, --bytes) {
        crc32 = _mm_crc32_u8(crc32, static_cast<unsigned char>(*data));
    }
    return crc32;
}

template <bool kCopy>
KERA_AVX512_INLINE std::uint32_t run(std::byte* destination, const std::byte* source,
                                     std::size_t bytes, std::uint32_t seed) noexcept {
    std::uint32_t crc = ~seed;
    if constexpr (kCopy) {
        // A store across two cache lines costs double. So long copies first align the destination
        // to a cache line.
        if (bytes >= 2 * kStepBytes) {
            const std::size_t before =
                -reinterpret_cast<std::uintptr_t>(destination) % kRegisterBytes;
            copy_bytes(destination, source, before);
            crc = crc_of_rest(crc, destination, before);
            destination += before;
            source += before;
            bytes -= before;
        }
    }
    if (bytes >= kRegisterBytes) {
        const __m512i start = _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(crc)));
        const __m512i over512 = same_in_every_lane(kOver512);
        __m512i a = _mm512_xor_si512(take<kCopy>(destination, source, 0), start);
        std::size_t done = kRegisterBytes;
        if (bytes >= kStepBytes) {
            __m512i b = take<kCopy>(destination, source, 64);
            __m512i c = take<kCopy>(destination, source, 128);
            __m512i d = take<kCopy>(destination, source, 192);
            const __m512i over2048 = same_in_every_lane(kOver2048);
            for (done = kStepBytes; done + kStepBytes <= bytes; done += kStepBytes) {
                a = fold(a, over2048, take<kCopy>(destination, source, done));
                b = fold(b, over2048, take<kCopy>(destination, source, done + 64));
                c = fold(c, over2048, take<kCopy>(destination, source, done + 128));
                d = fold(d, over2048, take<kCopy>(destination, source, done + 192));
            }
            c = fold(b, over512, c);
            d = fold(a, same_in_every_lane(kOver1536), d);
            a = fold(c, over512, d);
        }
        for (; done + kRegisterBytes <= bytes; done += kRegisterBytes) {
            a = fold(a, over512, take<kCopy>(destination, source, done));
        }
        crc = reduce(a);
        if constexpr (kCopy) {
            destination += done;
        }
        source += done;
        bytes -= done;
    }
    if constexpr (kCopy) {
        copy_bytes(destination, source, bytes);
        return ~crc_of_rest(crc, destination, bytes);
    } else {
        return ~crc_of_rest(crc, source, bytes);
    }
}

}  // namespace

KERA_AVX512 std::uint32_t crc32c_avx512(std::uint32_t seed, const std::byte* data,
                                        std::size_t bytes) noexcept {
    // Without kCopy the destination pointer advances, and nothing is written.
    return run<false>(const_cast<std::byte*>(data), data, bytes, seed);
}

KERA_AVX512 std::uint32_t copy_crc32c_avx512(std::byte* destination, const std::byte* source,
                                             std::size_t bytes, std::uint32_t seed) noexcept {
    return run<true>(destination, source, bytes, seed);
}

}  // namespace kera

#endif
