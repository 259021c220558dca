#include "bench/memory_limits.hpp"

#include <algorithm>
#include <atomic>
#include <vector>

#include "base/crc/copy_crc.hpp"
#include "base/units.hpp"
#include "bench/case.hpp"
#include "bench/processor_time.hpp"

namespace kera::bench {

namespace {

constexpr std::uint64_t kSourceBytes = 256_KiB;
constexpr std::uint64_t kBetweenClockReads = 4_MiB;

std::atomic<std::uint64_t> kept{0};

}  // namespace

void keep(std::uint64_t value) noexcept {
    kept.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t sum_words(Bytes bytes) noexcept {
    std::uint64_t sum = 0;
    const std::uint64_t end = bytes.size() & ~std::uint64_t{7};
    for (std::uint64_t at = 0; at < end; at += sizeof(std::uint64_t)) {
        sum += load_le<std::uint64_t>(bytes.data() + at);
    }
    return sum;
}

double copy_crc_gb_per_s(std::span<const MutableBytes> blocks, std::uint32_t chunk_bytes,
                         std::int64_t round_ns) {
    const std::vector<std::byte> source(std::max<std::uint64_t>(kSourceBytes, chunk_bytes),
                                        std::byte{0x5A});
    const std::uint64_t source_chunks = source.size() / chunk_bytes;
    const std::int64_t from_ns = now_ns();
    std::int64_t spent_ns = 0;
    std::uint64_t done = 0;
    std::uint64_t crcs = 0;
    for (std::size_t block = 0; spent_ns < round_ns; block = (block + 1) % blocks.size()) {
        const std::uint64_t block_chunks = blocks[block].size() / chunk_bytes;
        for (std::uint64_t chunk = 0; chunk < block_chunks; ++chunk, ++done) {
            crcs += copy_crc32c(blocks[block].data() + chunk * chunk_bytes,
                                source.data() + (done % source_chunks) * chunk_bytes, chunk_bytes);
        }
        spent_ns = now_ns() - from_ns;
    }
    keep(crcs);
    return static_cast<double>(done * chunk_bytes) / static_cast<double>(spent_ns);
}

double read_sum_gb_per_s(Bytes region, std::int64_t round_ns) {
    const std::uint64_t step = std::min<std::uint64_t>(kBetweenClockReads, region.size());
    const std::int64_t from_ns = now_ns();
    std::int64_t spent_ns = 0;
    std::uint64_t done_bytes = 0;
    std::uint64_t at = 0;
    std::uint64_t sum = 0;
    while (spent_ns < round_ns) {
        sum += sum_words(region.subspan(at, step));
        done_bytes += step;
        at = at + 2 * step <= region.size() ? at + step : 0;
        spent_ns = now_ns() - from_ns;
    }
    keep(sum);
    return static_cast<double>(done_bytes) / static_cast<double>(spent_ns);
}

}  // namespace kera::bench
