// Starts, drives and stops a core. The thread that opened it.
#include "broker/core/core.hpp"

#include <algorithm>

namespace kera {

Core::Core(const CoreConfig& config, const CoreEnvironment& environment)
    : config_(config), environment_(environment) {}

Core::~Core() {
    stop();
    join_threads();
    // Transports and virtual logs hold leases on what they send and write, so they are destroyed
    // before any stream. Completions from their disks may still wake other reactors.
    for (const std::unique_ptr<Reactor>& reactor : reactors_) {
        reactor->close();
    }
    threads_.clear();
    reactors_.clear();
    if (keeping_ != nullptr && !abandoned_) {
        keeping_->end();
    }
}

Result<void> Core::start() {
    if (started()) {
        return fail(ErrorCode::invalid_argument, "core_is_started");
    }
    for (const std::unique_ptr<ReactorThread>& thread : threads_) {
        if (const Result<void> started = thread->start(); !started.ok()) {
            join_threads();
            return started;
        }
    }
    return {};
}

void Core::join_threads() {
    for (const std::unique_ptr<ReactorThread>& thread : threads_) {
        thread->stop();
    }
}

void Core::abandon() {
    join_threads();
    abandoned_ = true;
}

void Core::stop() {
    join_threads();
    if (abandoned_) {
        return;
    }
    bool flushed = complete_;
    for (std::size_t at = 0; at < disks_.size() && at < reactors_.size(); ++at) {
        flushed = reactors_[at]->flush() && flushed;
    }
    if (flushed && !disks_.empty()) {
        run_.end(*disks_.front());
    }
}

int Core::poll() {
    int work = 0;
    for (const std::unique_ptr<Reactor>& reactor : reactors_) {
        work += reactor->poll();
    }
    return work;
}

int Core::step(ReactorId reactor) {
    return threads_[static_cast<std::size_t>(reactor.value())]->step();
}

std::int64_t Core::next_deadline_ns() const {
    std::int64_t next = kNoDeadline;
    for (const std::unique_ptr<Reactor>& reactor : reactors_) {
        next = std::min(next, reactor->next_deadline_ns());
    }
    return next;
}

bool Core::settled() const noexcept {
    return std::all_of(reactors_.begin(), reactors_.end(),
                       [](const auto& reactor) { return reactor->settled(); });
}

}  // namespace kera
