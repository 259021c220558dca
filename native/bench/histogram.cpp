#include "bench/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace kera::bench {

std::uint64_t Histogram::upper_edge(std::uint64_t bucket) noexcept {
    if (bucket < kSubBuckets) {
        return bucket;
    }
    const std::uint64_t shift = (bucket >> kSubBits) - 1;
    const std::uint64_t lower = (kSubBuckets + (bucket & (kSubBuckets - 1))) << shift;
    return lower + (1ULL << shift) - 1;
}

std::int64_t Histogram::percentile_ns(double fraction) const noexcept {
    const auto wanted =
        static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(total_)));
    std::uint64_t seen = 0;
    for (std::uint64_t bucket = 0; bucket < kBuckets; ++bucket) {
        seen += counts_[bucket];
        if (seen > 0 && seen >= wanted) {
            return std::min(static_cast<std::int64_t>(upper_edge(bucket)), max_ns_);
        }
    }
    return max_ns_;
}

void Histogram::clear() noexcept {
    std::fill(counts_.begin(), counts_.end(), 0);
    total_ = 0;
    max_ns_ = 0;
}

}  // namespace kera::bench
