#include "base/crc/crc32c.hpp"

#include <array>
#include <atomic>

#include "base/crc/cpu_features.hpp"
#include "base/crc/crc32c_kernels.hpp"

namespace kera {

namespace {

class Crc32cKernelList {
  public:
    Crc32cKernelList() noexcept {
        add({"portable", crc32c_portable});
        const CpuFeatures& features = cpu_features();
#if defined(__x86_64__)
        if (features.sse42_pclmul) {
            add({"sse4.2", crc32c_sse42});
        }
#elif defined(__aarch64__)
        if (features.armv8_crc) {
            add({"armv8", crc32c_armv8});
        }
#endif
        if (has_isal()) {
            add({"isa-l", crc32c_isal});
        }
#if defined(__x86_64__)
        if (features.avx512_vpclmul) {
            add({"avx512", crc32c_avx512});
        }
#endif
    }

    std::span<const Crc32cKernel> kernels() const noexcept { return {kernels_.data(), count_}; }

  private:
    void add(Crc32cKernel kernel) noexcept { kernels_[count_++] = kernel; }

    std::array<Crc32cKernel, 4> kernels_{};
    std::size_t count_ = 0;
};

std::uint32_t choose_and_run(std::uint32_t seed, const std::byte* data, std::size_t bytes) noexcept;

// Starts with the chooser, which replaces itself. Relaxed is enough: every value is a function that
// gives the same answer, and the variable publishes nothing else.
constinit std::atomic<decltype(Crc32cKernel::run)> chosen_crc32c{choose_and_run};

std::uint32_t choose_and_run(std::uint32_t seed, const std::byte* data,
                             std::size_t bytes) noexcept {
    const auto run = crc32c_kernels().back().run;
    chosen_crc32c.store(run, std::memory_order_relaxed);
    return run(seed, data, bytes);
}

}  // namespace

std::span<const Crc32cKernel> crc32c_kernels() noexcept {
    static const Crc32cKernelList list;
    return list.kernels();
}

std::uint32_t crc32c(std::uint32_t seed, const std::byte* data, std::size_t bytes) noexcept {
    return chosen_crc32c.load(std::memory_order_relaxed)(seed, data, bytes);
}

}  // namespace kera
