#include "ring/idle.hpp"

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
        yields_ = 0;
    }
    if (work_ns_ >= limits_.batch_ns) {
        return IdleAction::park;
    }
    // Once yielding has begun the time no longer matters: a yield may take any time.
    if (yields_ == 0 && now_ns - idle_since_ns_ < limits_.spin_ns) {
        return IdleAction::pause;
    }
    if (yields_ < limits_.yields) {
        ++yields_;
        return IdleAction::yield;
    }
    return IdleAction::park;
}

}  // namespace kera
