// A parker beside a timer. See timed_parker.hpp.
#include "client/rounds/timed_parker.hpp"

#include <sys/timerfd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/check.hpp"

namespace kera {

namespace {

FileDescriptor make_timer() {
    FileDescriptor timer(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    if (!timer.open()) {
        throw std::system_error(errno, std::generic_category(), "timerfd");
    }
    return timer;
}

}  // namespace

std::unique_ptr<Parker> make_parker(int watched_fd) {
    Result<std::unique_ptr<Parker>> made = Parker::create();
    if (!made.ok()) {
        throw std::system_error(static_cast<int>(made.error().value), std::generic_category(),
                                made.error().what);
    }
    made.value()->watch(watched_fd);
    return std::move(*made);
}

TimedParker::TimedParker() : timer_(make_timer()), parker_(make_parker(timer_.get())) {}

void TimedParker::set_timer(std::int64_t after_ns) noexcept {
    const itimerspec timer{
        {0, 0}, {after_ns / kNanosPerSecond, static_cast<long>(after_ns % kNanosPerSecond)}};
    const int set = ::timerfd_settime(timer_.get(), 0, &timer, nullptr);
    KERA_ASSERT(set == 0, errno);
}

}  // namespace kera
