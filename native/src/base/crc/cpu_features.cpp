#include "base/crc/cpu_features.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace kera {

namespace {

#if defined(__x86_64__)

bool has_prefetchw() noexcept {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    constexpr unsigned kExtendedFeatures = 0x80000001;
    constexpr unsigned kPrefetchw = 1u << 8;
    return __get_cpuid(kExtendedFeatures, &eax, &ebx, &ecx, &edx) != 0 && (ecx & kPrefetchw) != 0;
}

// The builtins also check that the operating system saves the wide registers.
CpuFeatures detect() noexcept {
    __builtin_cpu_init();
    CpuFeatures features;
    features.sse42_pclmul = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
    features.avx2_prefetchw = __builtin_cpu_supports("avx2") && has_prefetchw();
    features.avx512_vpclmul =
        features.sse42_pclmul && has_prefetchw() && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("vpclmulqdq");
    return features;
}

#elif defined(__aarch64__)

CpuFeatures detect() noexcept {
    CpuFeatures features;
    features.armv8_crc = (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
    return features;
}

#else

CpuFeatures detect() noexcept {
    return {};
}

#endif

}  // namespace

const CpuFeatures& cpu_features() noexcept {
    static const CpuFeatures features = detect();
    return features;
}

}  // namespace kera
