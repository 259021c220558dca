// Whether a loop has so much to do that it is worth a thread of its own: one that sends or waits
// would run the rounds instead of going on with what it has.
// Thread: any, one at a time. Owns nothing.
#pragma once

#include <cstdint>

#include "base/units.hpp"

namespace kera {

class LoopLoad {
  public:
    bool is_high(std::int64_t now_ns) const noexcept { return now_ns < high_until_ns_; }

    // A round that did something.
    void note_round(std::int64_t began_ns, std::int64_t ended_ns) noexcept;
    // A thread that waits runs the rounds from now on.
    void begin_leader() noexcept;
    // It would have been better off with the own thread beside it: it did not need to sleep, or did
    // not come back soon.
    void note_own_thread_missed(std::int64_t now_ns) noexcept;

  private:
    // Rounds that take three tenths of such a span or more are a high load.
    static constexpr std::int64_t kSpanNs = 5 * kNanosPerMilli;
    static constexpr std::int64_t kPart = 3;
    static constexpr std::int64_t kPartOf = 10;
    // So are so many leaders in a row that missed the own thread.
    static constexpr int kMissedMax = 3;
    // So long it counts.
    static constexpr std::int64_t kHighNs = 10 * kNanosPerMilli;

    std::int64_t span_began_ns_ = 0;
    std::int64_t span_work_ns_ = 0;
    std::int64_t high_until_ns_ = 0;
    // In a row; the latest leader.
    int missed_ = 0;
    bool has_missed_ = false;
};

}  // namespace kera
