// How long to wait before the next attempt: doubles from `initial` to `max`, scattered by jitter so
// that a thousand clients do not come back at once. One thread. Invariant: a delay lies within
// jitter_percent of its step, and steps never shrink before reset().
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/random.hpp"
#include "base/units.hpp"

namespace kera {

struct BackoffOptions {
    std::int64_t initial_ns = 20 * kNanosPerMilli;
    std::int64_t max_ns = 2 * kNanosPerSecond;
    std::int64_t jitter_percent = 20;
};

class ReconnectBackoff {
  public:
    ReconnectBackoff(const BackoffOptions& options, Random& random) noexcept
        : options_(within_reason(options)), random_(&random), step_ns_(options_.initial_ns) {}

    std::int64_t next_delay_ns() noexcept {
        const std::int64_t step = step_ns_;
        step_ns_ = std::min(options_.max_ns, step_ns_ * 2);
        ++attempts_;
        return scattered(step);
    }

    // A delay of the given step, for whoever counts attempts elsewhere.
    std::int64_t delay_ns(std::uint32_t attempt) noexcept {
        const std::uint32_t doublings = std::min(attempt, 30U);
        const std::int64_t limit = options_.max_ns >> doublings;
        return scattered(options_.initial_ns >= limit ? options_.max_ns
                                                      : options_.initial_ns << doublings);
    }

    void reset() noexcept {
        step_ns_ = options_.initial_ns;
        attempts_ = 0;
    }

    std::uint32_t attempts() const noexcept { return attempts_; }

  private:
    // So that neither doubling nor scattering nor adding the time of day overflows.
    static BackoffOptions within_reason(BackoffOptions options) noexcept {
        constexpr std::int64_t kDelayMaxNs = std::int64_t{1} << 60U;
        options.initial_ns = std::clamp<std::int64_t>(options.initial_ns, 0, kDelayMaxNs);
        options.max_ns = std::clamp<std::int64_t>(options.max_ns, 0, kDelayMaxNs);
        options.jitter_percent = std::clamp<std::int64_t>(options.jitter_percent, 0, 100);
        return options;
    }
    std::int64_t scattered(std::int64_t step_ns) noexcept {
        const std::int64_t spread = step_ns / 100 * options_.jitter_percent;
        return step_ns + random_->between(-spread, spread);
    }

    BackoffOptions options_;
    Random* random_;
    std::int64_t step_ns_;
    std::uint32_t attempts_ = 0;
};

}  // namespace kera
