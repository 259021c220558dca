// The instruction sets of this processor, detected once. Any thread.
#pragma once

namespace kera {

struct CpuFeatures {
    bool sse42_pclmul = false;
    bool avx2_prefetchw = false;
    bool avx512_vpclmul = false;
    bool armv8_crc = false;
};

const CpuFeatures& cpu_features() noexcept;

}  // namespace kera
