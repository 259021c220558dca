// When to try again after the disk has failed: the delay doubles with each failure, up to a limit.
// The reactor only; a plain value. Invariant: after a success there is no delay.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.hpp"
#include "base/units.hpp"

namespace kera {

struct RetryOptions {
    std::int64_t delay_ns_min = 10 * kNanosPerMilli;
    std::int64_t delay_ns_max = kNanosPerSecond;
};

class RetryDelay {
  public:
    explicit RetryDelay(const RetryOptions& options) noexcept : options_(options) {}

    void note_failure(std::int64_t now_ns) noexcept {
        delay_ns_ = std::clamp(delay_ns_ * 2, options_.delay_ns_min, options_.delay_ns_max);
        retry_at_ns_ = now_ns + delay_ns_;
    }
    void note_success() noexcept {
        delay_ns_ = 0;
        retry_at_ns_ = 0;
    }
    // The time before which nothing is tried; 0 after a success.
    std::int64_t retry_at_ns() const noexcept { return retry_at_ns_; }
    bool is_waiting(const Clock& clock) const noexcept {
        return retry_at_ns_ > 0 && clock.now_ns() < retry_at_ns_;
    }

  private:
    const RetryOptions options_;
    std::int64_t delay_ns_ = 0;
    std::int64_t retry_at_ns_ = 0;
};

}  // namespace kera
