// Latencies in buckets whose width grows with the value. Any percentile is within 0.8 %, and
// recording costs one increment. One thread per histogram; owns its counters; never allocates after
// construction. Invariant: values from 0 to 2^40 - 1 ns are counted, larger ones as the largest.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace kera::bench {

class Histogram {
  public:
    Histogram() : counts_(kBuckets, 0) {}

    void record(std::int64_t value_ns) noexcept {
        const std::uint64_t value =
            value_ns < 0 ? 0 : std::min(static_cast<std::uint64_t>(value_ns), kValueMax);
        ++counts_[bucket_of(value)];
        ++total_;
        max_ns_ = value_ns > max_ns_ ? value_ns : max_ns_;
    }

    // For an open loop: a value longer than the interval between requests also counts for the
    // requests that could not start meanwhile.
    void record_corrected(std::int64_t value_ns, std::int64_t interval_ns) noexcept {
        record(value_ns);
        for (std::int64_t missed = value_ns - interval_ns; interval_ns > 0 && missed >= interval_ns;
             missed -= interval_ns) {
            record(missed);
        }
    }

    std::uint64_t total() const noexcept { return total_; }
    std::int64_t max_ns() const noexcept { return max_ns_; }

    // The upper edge of the bucket that contains this fraction; 0 when nothing was recorded.
    std::int64_t percentile_ns(double fraction) const noexcept;

    void clear() noexcept;

  private:
    static constexpr unsigned kSubBits = 7;
    static constexpr unsigned kValueBits = 40;
    static constexpr std::uint64_t kSubBuckets = 1ULL << kSubBits;
    static constexpr std::uint64_t kValueMax = (1ULL << kValueBits) - 1;
    static constexpr std::uint64_t kBuckets = (kValueBits - kSubBits + 1) << kSubBits;

    static std::uint64_t bucket_of(std::uint64_t value) noexcept {
        if (value < kSubBuckets) {
            return value;
        }
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kSubBits;
        return ((shift + 1ULL) << kSubBits) + ((value >> shift) - kSubBuckets);
    }
    static std::uint64_t upper_edge(std::uint64_t bucket) noexcept;

    std::vector<std::uint64_t> counts_;
    std::uint64_t total_ = 0;
    std::int64_t max_ns_ = 0;
};

}  // namespace kera::bench
