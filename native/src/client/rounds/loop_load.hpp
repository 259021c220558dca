// How much a loop has to do: whether it is worth a thread of its own, as one that sends or waits
// would run the rounds instead of going on with what it has; and whether it can do without one.
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

    // A caller runs a round. Whether that comes rarely: one that has work again soon is better off
    // with the own thread beside it.
    bool note_help(std::int64_t now_ns) noexcept;
    // Enough callers have come, each rarely, that the loop can be left to them.
    bool trusts_helpers() const noexcept { return helps_ >= kHelpsToTrust; }
    // The own thread runs rounds again.
    void forget_helps() noexcept { helps_ = 0; }

  private:
    // Rounds that take three tenths of such a span or more are a high load.
    static constexpr std::int64_t kSpanNs = 5 * kNanosPerMilli;
    static constexpr std::int64_t kPart = 3;
    static constexpr std::int64_t kPartOf = 10;
    // So are so many leaders in a row that missed the own thread.
    static constexpr int kMissedMax = 3;
    // So long it counts.
    static constexpr std::int64_t kHighNs = 10 * kNanosPerMilli;
    static constexpr std::int64_t kHelpGapMinNs = 50 * kNanosPerMicro;
    static constexpr int kHelpsToTrust = 2;

    std::int64_t span_began_ns_ = 0;
    std::int64_t span_work_ns_ = 0;
    std::int64_t high_until_ns_ = 0;
    // In a row; the latest leader.
    int missed_ = 0;
    bool has_missed_ = false;
    // In a row.
    int helps_ = 0;
    std::int64_t helped_at_ns_ = 0;
};

}  // namespace kera
