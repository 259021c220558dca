// Taking turns. See loop_rounds.hpp.
#include "client/rounds/loop_rounds.hpp"

#include <sched.h>

#include <algorithm>
#include <utility>

namespace kera {

LoopRounds::LoopRounds(RoundWork& work, const Clock& clock, const Options& options, int park_fd)
    : work_(work),
      clock_(clock),
      options_(options),
      parker_(make_parker(park_fd)),
      standby_(options.own_thread ? std::make_unique<TimedParker>() : nullptr),
      waiting_(clock, stopping_),
      idle_(options.idle_polls_max == 0 ? IdleKind::park : IdleKind::backoff) {}

bool LoopRounds::on_loop_thread() const noexcept {
    return !options_.own_thread ||
           std::this_thread::get_id() == runner_.load(std::memory_order_relaxed);
}

void LoopRounds::start() {
    if (options_.own_thread) {
        own_thread_ = std::thread([this] { run_own_thread(); });
    }
}

void LoopRounds::stop_others() {
    stopping_.store(true, std::memory_order_seq_cst);
    if (own_thread_.joinable()) {
        parker_->wake();
        standby_->wake();
        own_thread_.join();
    }
    // Whoever leads or helps leaves at its next look.
    const std::lock_guard rounds(rounds_);
}

void LoopRounds::run_own_thread() {
    Lock rounds(rounds_);
    while (!stopping_.load(std::memory_order_acquire)) {
        if (lent_) {
            stand_by(rounds);
        } else {
            turn(rounds, Parker::kForEver);
        }
    }
    // Nobody asks others to lead any more; a leader may wait for this.
    alone_.store(false, std::memory_order_relaxed);
    stands_by_.notify_all();
}

// Until nobody runs rounds, and it is late or there is something to do.
void LoopRounds::stand_by(Lock& rounds) {
    standing_by_ = true;
    stands_by_.notify_all();
    if (leader_ == nullptr) {
        // Again, as our waking has taken the announcement back.
        leave_alone();
    }
    for (;;) {
        standby_->announce();
        const bool alone = alone_.load(std::memory_order_relaxed);
        const bool wanted = taking_over_.exchange(false, std::memory_order_acq_rel);
        const std::int64_t left_ns = asleep_until_ns_ - clock_.now_ns();
        if (stopping_.load(std::memory_order_acquire) || (alone && wanted)) {
            break;
        }
        if (alone && left_ns <= 0) {
            // The leader has more to do than to wait.
            if (left_by_leader_ && work_.awaits_messages()) {
                load_.note_own_thread_missed(clock_.now_ns());
            }
            break;
        }
        if (alone) {
            // Again, as the timer may be ahead of our clock.
            standby_->wake_after(left_ns);
        }
        rounds.unlock();
        standby_->park();
        rounds.lock();
    }
    standby_->stay();
    standby_->wake_never();
    left_by_leader_ = false;
    alone_.store(false, std::memory_order_relaxed);
    lent_ = standing_by_ = false;
    load_.forget_helps();
    parker_->stay();
}

void LoopRounds::help() {
    // Pairs with the fence in announce(), as in Parker::wake().
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!options_.own_thread || !parker_->parked()) {
        return;
    }
    Lock rounds(rounds_, std::try_to_lock);
    if (!rounds.owns_lock()) {
        // Another helper may have looked for work before ours was there.
        wake();
        return;
    }
    if (!may_share() || busy()) {
        rounds.unlock();
        wake();
        return;
    }
    const bool rarely = load_.note_help(clock_.now_ns());
    if (!help_rounds() || stopping_.load(std::memory_order_acquire)) {
        // There is something to do for the one who sleeps.
        parker_->wake();
        take_over();
    } else if (leader_ == nullptr && !work_.awaits_messages()) {
        may_be_alone(rarely);
    }
}

// After a round that nobody awaits the answer to: an own thread that sleeps in the parker would be
// woken by it, and do nothing.
void LoopRounds::may_be_alone(bool rarely) {
    if (!rarely) {
        take_over();
    } else if (lent_ ? standing_by_ : load_.trusts_helpers()) {
        const bool was_lent = std::exchange(lent_, true);
        leave_alone();
        if (!was_lent) {
            parker_->wake();
        }
    }
}

// True: whoever sleeps may go on sleeping.
bool LoopRounds::help_rounds() {
    bool all_done = false;
    for (int rounds_run = 0; rounds_run < kHelpRoundsMax && !all_done; ++rounds_run) {
        parker_->stay();
        round();
        parker_->announce();
        all_done = work_.may_sleep() && work_.next_deadline_ns() >= asleep_until_ns_ &&
                   (leader_ == nullptr || !(*leader_)());
    }
    return all_done;
}

// Nobody runs rounds from here on, unless there is a reason to.
void LoopRounds::leave_alone() {
    left_by_leader_ = false;
    alone_.store(true, std::memory_order_seq_cst);
    // Pairs with the fence in wait_until(), too.
    parker_->announce();
    const std::int64_t now_ns = clock_.now_ns();
    const std::int64_t after_ns = work_.awaits_messages() ? kHandBackNs : kLateHandBackNs;
    asleep_until_ns_ = std::min(now_ns + after_ns, work_.next_deadline_ns());
    if (!work_.may_sleep() || asleep_until_ns_ <= now_ns) {
        take_over();
        return;
    }
    if (may_share() && waiting_.ask_to_lead()) {
        // It comes, or has just given up waiting.
        asleep_until_ns_ = std::min(now_ns + kAskedHandBackNs, work_.next_deadline_ns());
    }
    standby_->wake_after(asleep_until_ns_ - now_ns);
}

// The own thread does so, if nobody runs rounds.
void LoopRounds::take_over() noexcept {
    if (alone_.load(std::memory_order_acquire)) {
        taking_over_.store(true, std::memory_order_seq_cst);
        standby_->wake();
    }
}

bool LoopRounds::wait_until(std::int64_t deadline_ns, const std::function<bool()>& done,
                            LoopWait how) {
    if (!options_.own_thread) {
        return drive(deadline_ns, done, how.polling);
    }
    if (on_loop_thread()) {
        return done();
    }
    Lock rounds(rounds_, std::defer_lock);
    bool asked = false;
    do {
        if (rounds.try_lock()) {
            if (may_lead() && (asked || !busy()) && lead(rounds, deadline_ns, done)) {
                return true;
            }
            rounds.unlock();
        } else if (asked) {
            // Whoever has asked us, or helps, is about to leave.
            sched_yield();
        }
        if (how.handed_over && !asked) {
            wake();
        }
        const WaitingThreads::End end = waiting_.wait(deadline_ns, done, [this] {
            // Either we see that nobody runs rounds, or whoever leaves the loop alone sees us.
            std::atomic_thread_fence(std::memory_order_seq_cst);
            return alone_.load(std::memory_order_acquire) && may_share();
        });
        if (end != WaitingThreads::End::lead) {
            return end == WaitingThreads::End::done;
        }
        asked = true;
    } while (clock_.now_ns() < deadline_ns);
    return done();
}

bool LoopRounds::may_share() const noexcept {
    return shared_.load(std::memory_order_relaxed) && !stopping_.load(std::memory_order_acquire);
}

bool LoopRounds::lead(Lock& rounds, std::int64_t deadline_ns, const std::function<bool()>& done) {
    if (done()) {
        return true;
    }
    load_.begin_leader();
    take_lead(rounds, done);
    slept_ = false;
    bool is_done = false;
    while (!(is_done = done()) && may_share() && clock_.now_ns() < deadline_ns) {
        turn(rounds, deadline_ns);
    }
    leader_ = nullptr;
    if (!stopping_.load(std::memory_order_acquire)) {
        leave_alone();
        left_by_leader_ = is_done;
        if (is_done && !slept_) {
            load_.note_own_thread_missed(clock_.now_ns());
        }
        if (busy() || !may_share()) {
            // The own thread fetches more while this one uses what there is.
            take_over();
        }
    }
    return is_done;
}

// Nobody else may sleep in the parker from here on.
void LoopRounds::take_lead(Lock& rounds, const std::function<bool()>& done) {
    leader_ = &done;
    alone_.store(false, std::memory_order_relaxed);
    lent_ = true;
    if (!standing_by_) {
        // It sleeps in the parker, or it would hold the mutex.
        parker_->wake();
        stands_by_.wait(
            rounds, [this] { return standing_by_ || stopping_.load(std::memory_order_acquire); });
    }
    standby_->wake_never();
    parker_->stay();
}

// Without an own thread.
bool LoopRounds::drive(std::int64_t deadline_ns, const std::function<bool()>& done, bool polling) {
    std::uint32_t idle_polls = 0;
    while (!done()) {
        if (polling || stopping_ || clock_.now_ns() >= deadline_ns) {
            return false;
        }
        if (work_.poll() > 0) {
            idle_polls = 0;
        } else if (++idle_polls > options_.idle_polls_max && !done()) {
            park(deadline_ns);
            idle_polls = 0;
        }
    }
    return true;
}

void LoopRounds::park(std::int64_t until_ns) {
    parker_->announce();
    if (!work_.may_sleep()) {
        parker_->stay();
        return;
    }
    parker_->park(std::min(until_ns, work_.next_deadline_ns()), clock_.now_ns());
}

DutyCycle LoopRounds::round() {
    DutyCycle cycle;
    cycle.began_ns = clock_.now_ns();
    runner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    cycle.work = work_.poll();
    runner_.store(std::thread::id(), std::memory_order_relaxed);
    cycle.ended_ns = clock_.now_ns();
    if (cycle.work > 0) {
        load_.note_round(cycle.began_ns, cycle.ended_ns);
        waiting_.tell();
    }
    return cycle;
}

// A round, and the rest after it.
void LoopRounds::turn(Lock& rounds, std::int64_t until_ns) {
    switch (idle_.step(round())) {
        case IdleAction::again:
            break;
        case IdleAction::pause:
            return pause_cpu();
        case IdleAction::yield:
            sched_yield();
            break;
        case IdleAction::park:
            return sleep(rounds, until_ns);
    }
}

void LoopRounds::sleep(Lock& rounds, std::int64_t until_ns) {
    if (may_lead() && waiting_.any() && !busy()) {
        // Whoever waits sleeps in our place, so that what arrives wakes one thread, not two.
        lent_ = true;
        return;
    }
    parker_->announce();
    if (stopping_.load() || !work_.may_sleep() || (leader_ != nullptr && (*leader_)())) {
        parker_->stay();
        return;
    }
    asleep_until_ns_ = std::min(until_ns, work_.next_deadline_ns());
    const std::int64_t deadline_ns = asleep_until_ns_;
    slept_ = true;
    rounds.unlock();
    parker_->park(deadline_ns, clock_.now_ns());
    rounds.lock();
    // A helper may have announced our sleep once more, when we were awake already.
    parker_->stay();
}

}  // namespace kera
