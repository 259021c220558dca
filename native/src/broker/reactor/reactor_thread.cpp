// Running, idling, sleeping. The loop runs on the reactor's thread.
#include "broker/reactor/reactor_thread.hpp"

#include <pthread.h>
#include <sched.h>

#include <exception>
#include <system_error>

#include "base/log.hpp"

namespace kera {

Result<std::unique_ptr<ReactorThread>> ReactorThread::create(Reactor& reactor, const Clock& clock,
                                                             const CoreConfig& config) {
    KERA_TRY_ASSIGN(std::unique_ptr<Parker> parker, Parker::create());
    for (const std::unique_ptr<TransportSessions>& sessions : reactor.transport_sessions()) {
        parker->watch(sessions->transport().park_fd());
    }
    if (reactor.disk() != nullptr) {
        parker->watch(reactor.disk()->park_fd());
    }
    return std::unique_ptr<ReactorThread>(
        new ReactorThread(reactor, clock, config, std::move(parker)));
}

ReactorThread::ReactorThread(Reactor& reactor, const Clock& clock, const CoreConfig& config,
                             std::unique_ptr<Parker> parker) noexcept
    : reactor_(reactor),
      clock_(clock),
      pinned_(config.pin_reactors),
      idle_(config.idle),
      parker_(std::move(parker)) {}

Result<void> ReactorThread::start() {
    KERA_ASSERT(!started());
    stopping_.store(false, std::memory_order_relaxed);
    try {
        thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& refused) {
        return fail(ErrorCode::limit_exceeded, "reactor_thread_errno", 0, refused.code().value());
    }
    return {};
}

void ReactorThread::stop() {
    if (thread_.joinable()) {
        stopping_.store(true, std::memory_order_seq_cst);
        parker_->wake();
        thread_.join();
    }
}

// Exceptions of requests are caught inside. One from elsewhere, from the journal or a transport,
// has left something half done. So the node ends.
void ReactorThread::run() {
    pin();
    try {
        turn_until_stopped();
    } catch (const std::exception& thrown) {
        log(LogLevel::error, "reactor_failed",
            {{"reactor", reactor_.id().value()}, {"exception", thrown.what()}});
        throw;
    }
}

void ReactorThread::turn_until_stopped() {
    ReactorCounters& counters = reactor_.counters();
    DutyCycle cycle;
    cycle.ended_ns = clock_.now_ns();
    while (!stopping_.load(std::memory_order_relaxed)) {
        cycle.began_ns = cycle.ended_ns;
        cycle.work = reactor_.poll();
        cycle.ended_ns = clock_.now_ns();
        (cycle.work > 0 ? counters.busy_ns : counters.idle_ns).add(cycle.ended_ns - cycle.began_ns);
        counters.duty_cycles.add();
        cycle.ended_ns += rest(idle_.step(cycle));
    }
}

// Returns how long the rest took, where it may have been long, and counts it as idle.
std::int64_t ReactorThread::rest(IdleAction action) {
    if (action == IdleAction::again) {
        return 0;
    }
    if (action == IdleAction::pause) {
        pause_cpu();
        return 0;
    }
    const std::int64_t began_ns = clock_.now_ns();
    if (action == IdleAction::yield) {
        sched_yield();
    } else {
        sleep();
    }
    const std::int64_t rested_ns = clock_.now_ns() - began_ns;
    reactor_.counters().idle_ns.add(rested_ns);
    return rested_ns;
}

void ReactorThread::sleep() {
    parker_->announce();
    if (stopping_.load(std::memory_order_seq_cst) || !reactor_.prepare_park()) {
        parker_->stay();
        return;
    }
    reactor_.park();
    parker_->park(reactor_.next_deadline_ns(), clock_.now_ns());
    reactor_.unpark();
}

int ReactorThread::step() {
    KERA_ASSERT(!started());
    if (asleep_until_ns_) {
        if (stays_asleep()) {
            return 0;
        }
        parker_->stay();
        reactor_.unpark();
        asleep_until_ns_.reset();
    }
    const int work = reactor_.poll();
    if (work == 0) {
        parker_->announce();
        if (reactor_.prepare_park()) {
            reactor_.park();
            asleep_until_ns_ = reactor_.next_deadline_ns();
        } else {
            parker_->stay();
        }
    }
    return work;
}

// Nothing here is a readable descriptor, so transports and disk are asked for work. Mail is not
// looked at: its sender has to wake the reader.
bool ReactorThread::stays_asleep() {
    bool asleep = parker_->parked() && clock_.now_ns() < *asleep_until_ns_;
    for (const std::unique_ptr<TransportSessions>& sessions : reactor_.transport_sessions()) {
        asleep = asleep && sessions->transport().prepare_park();
    }
    return asleep && (reactor_.disk() == nullptr || reactor_.disk()->prepare_park());
}

void ReactorThread::pin() const noexcept {
    const std::string name = "kera-" + std::to_string(reactor_.id().value());
    pthread_setname_np(pthread_self(), name.c_str());
    if (!pinned_) {
        return;
    }
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<std::size_t>(reactor_.id().value()), &cores);
    if (pthread_setaffinity_np(pthread_self(), sizeof(cores), &cores) != 0) {
        log(LogLevel::warn, "reactor_not_pinned", {{"reactor", reactor_.id().value()}});
    }
}

}  // namespace kera
