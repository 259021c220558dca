// Spans, leaders and helpers in a row. See loop_load.hpp.
#include "client/rounds/loop_load.hpp"

#include <algorithm>
#include <utility>

namespace kera {

void LoopLoad::note_round(std::int64_t began_ns, std::int64_t ended_ns) noexcept {
    span_work_ns_ += ended_ns - began_ns;
    const std::int64_t span_ns = ended_ns - span_began_ns_;
    if (span_ns < kSpanNs) {
        return;
    }
    if (span_work_ns_ * kPartOf >= span_ns * kPart) {
        high_until_ns_ = ended_ns + kHighNs;
    }
    span_began_ns_ = ended_ns;
    span_work_ns_ = 0;
}

void LoopLoad::begin_leader() noexcept {
    if (!std::exchange(has_missed_, false)) {
        missed_ = 0;
    }
}

void LoopLoad::note_own_thread_missed(std::int64_t now_ns) noexcept {
    has_missed_ = true;
    missed_ = std::min(missed_ + 1, kMissedMax);
    if (missed_ == kMissedMax) {
        high_until_ns_ = now_ns + kHighNs;
    }
}

bool LoopLoad::note_help(std::int64_t now_ns) noexcept {
    const bool rarely = now_ns - std::exchange(helped_at_ns_, now_ns) >= kHelpGapMinNs;
    helps_ = rarely ? helps_ + 1 : 0;
    return rarely;
}

}  // namespace kera
