#include "base/clock.hpp"

#include <time.h>

namespace kera {

namespace {

timespec read_clock(clockid_t id) noexcept {
    timespec now{};
    const int status = clock_gettime(id, &now);
    KERA_ASSERT(status == 0);
    return now;
}

}  // namespace

std::int64_t SystemClock::now_ns() const noexcept {
    const timespec now = read_clock(CLOCK_MONOTONIC);
    return static_cast<std::int64_t>(now.tv_sec) * kNanosPerSecond + now.tv_nsec;
}

std::int64_t SystemClock::epoch_ms() const noexcept {
    const timespec now = read_clock(CLOCK_REALTIME);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000 + now.tv_nsec / kNanosPerMilli;
}

}  // namespace kera
