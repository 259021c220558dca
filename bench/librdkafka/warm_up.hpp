// When a warm-up is over: at least so long, until the rates of its last three slices agree, at most
// so long. The C++ twin of WarmUp, where the reasons are. Has no clock: it is told what was done in
// each slice. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

class WarmUp {
  public:
    static constexpr int64_t kSliceNs = 1'000'000'000;
    static constexpr double kApartMax = 0.1;

    // Fixed, whatever the rate, when most_ns is no more than least_ns.
    WarmUp(int64_t least_ns, int64_t most_ns)
        : least_ns_(least_ns), most_ns_(std::max(least_ns, most_ns)) {}

    bool is_over() const { return done_ns_ >= most_ns_ || (done_ns_ >= least_ns_ && agree()); }

    int64_t next_slice_ns() const {
        const int64_t left_ns = most_ns_ - done_ns_;
        return left_ns < kSliceNs + kSliceNs / 2 ? left_ns : kSliceNs;
    }

    void add(int64_t records, int64_t slice_ns) {
        rates_[slices_++ % 3] = static_cast<double>(records) / static_cast<double>(slice_ns);
        done_ns_ += slice_ns;
    }

    double seconds() const { return static_cast<double>(done_ns_) / 1e9; }

    // Why it ended, in the words of Warmth.End.
    const char* end() const { return is_fixed() ? "fixed" : agree() ? "steady" : "unsteady"; }

  private:
    bool is_fixed() const { return most_ns_ == least_ns_; }

    bool agree() const {
        const auto [slowest, fastest] = std::minmax({rates_[0], rates_[1], rates_[2]});
        return slowest > 0 && slowest >= fastest * (1 - kApartMax);
    }

    int64_t least_ns_;
    int64_t most_ns_;
    double rates_[3] = {0, 0, 0};
    std::size_t slices_ = 0;
    int64_t done_ns_ = 0;
};
