#include "ring/idle.hpp"

#include <algorithm>

namespace kera {

const char* to_string(IdleKind kind) noexcept {
    switch (kind) {
        case IdleKind::spin:
            return "spin";
        case IdleKind::backoff:
            return "backoff";
        case IdleKind::park:
            return "park";
    }
    return "unknown";
}

IdleAction Idle::step(const DutyCycle& cycle) noexcept {
    if (cycle.work > 0) {
        if (!busy_) {
            learn_gap(cycle.began_ns - idle_since_ns_);
        }
        work_ns_ = (busy_ ? work_ns_ : 0) + (cycle.ended_ns - cycle.began_ns);
        busy_ = true;
        return IdleAction::again;
    }
    switch (kind_) {
        case IdleKind::spin:
            return IdleAction::pause;
        case IdleKind::backoff:
            return back_off(cycle.ended_ns);
        case IdleKind::park:
            break;
    }
    return IdleAction::park;
}

IdleAction Idle::back_off(std::int64_t now_ns) noexcept {
    if (busy_) {
        busy_ = false;
        idle_since_ns_ = now_ns;
    } else if (now_ns - round_ended_ns_ > limits_.crowded_ns) {
        crowded_until_ns_ = now_ns + limits_.calm_ns;
    }
    round_ended_ns_ = now_ns;
    const std::int64_t spun_ns = now_ns - idle_since_ns_;
    if (work_ns_ >= limits_.batch_ns || gap_ns_ > limits_.wake_ns ||
        spun_ns >= 2 * limits_.wake_ns || now_ns < crowded_until_ns_) {
        return IdleAction::park;
    }
    return spun_ns < limits_.pause_ns ? IdleAction::pause : IdleAction::yield;
}

void Idle::learn_gap(std::int64_t gap_ns) noexcept {
    gap_ns_ += (std::min(gap_ns, kGapMax * limits_.wake_ns) - gap_ns_) / kGapsAveraged;
}

}  // namespace kera
