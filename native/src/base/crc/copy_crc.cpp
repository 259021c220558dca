#include "base/crc/copy_crc.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include "base/bytes.hpp"
#include "base/crc/cpu_features.hpp"
#include "base/crc/crc32c.hpp"
#include "base/crc/crc32c_kernels.hpp"

namespace kera {

namespace {

class CopyCrcKernelList {
  public:
    CopyCrcKernelList() noexcept {
        add({"portable", copy_crc32c_portable});
#if defined(__x86_64__)
        const CpuFeatures& features = cpu_features();
        if (features.avx2_prefetchw) {
            add({"avx2", copy_crc32c_avx2});
        }
        if (features.avx512_vpclmul) {
            add({"avx512", copy_crc32c_avx512});
        }
#endif
    }

    std::span<const CopyCrcKernel> kernels() const noexcept { return {kernels_.data(), count_}; }

  private:
    void add(CopyCrcKernel kernel) noexcept { kernels_[count_++] = kernel; }

    std::array<CopyCrcKernel, 3> kernels_{};
    std::size_t count_ = 0;
};

std::uint32_t choose_and_run(std::byte* destination, const std::byte* source, std::size_t bytes,
                             std::uint32_t seed) noexcept;

// As in crc32c.cpp: every function that a thread can read here gives the same answer, so relaxed is
// enough.
constinit std::atomic<decltype(CopyCrcKernel::run)> chosen_copy_crc{choose_and_run};

std::uint32_t choose_and_run(std::byte* destination, const std::byte* source, std::size_t bytes,
                             std::uint32_t seed) noexcept {
    const auto run = copy_crc_kernels().back().run;
    chosen_copy_crc.store(run, std::memory_order_relaxed);
    return run(destination, source, bytes, seed);
}

}  // namespace

// Copies in blocks so small that they are still in the first-level cache for the CRC.
std::uint32_t copy_crc32c_portable(std::byte* destination, const std::byte* source,
                                   std::size_t bytes, std::uint32_t seed) noexcept {
    constexpr std::size_t kBlockBytes = 1024;
    while (bytes > 0) {
        const std::size_t block = std::min(bytes, kBlockBytes);
        copy_bytes(destination, source, block);
        seed = crc32c(seed, destination, block);
        destination += block;
        source += block;
        bytes -= block;
    }
    return seed;
}

std::span<const CopyCrcKernel> copy_crc_kernels() noexcept {
    static const CopyCrcKernelList list;
    return list.kernels();
}

std::uint32_t copy_crc32c(std::byte* destination, const std::byte* source, std::size_t bytes,
                          std::uint32_t seed) noexcept {
    return chosen_copy_crc.load(std::memory_order_relaxed)(destination, source, bytes, seed);
}

}  // namespace kera
