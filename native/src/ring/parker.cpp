#include "ring/parker.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/check.hpp"

namespace kera {

Result<std::unique_ptr<Parker>> Parker::create() {
    FileDescriptor event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!event.open()) {
        return fail(ErrorCode::limit_exceeded, "open_files", 0, errno);
    }
    return std::unique_ptr<Parker>(new Parker(std::move(event)));
}

Parker::Parker(FileDescriptor event) : event_(std::move(event)) {
    watched_.push_back({event_.get(), POLLIN, 0});
}

void Parker::watch(int fd) {
    if (fd >= 0) {
        watched_.push_back({fd, POLLIN, 0});
    }
}

void Parker::unwatch(int fd) noexcept {
    KERA_ASSERT(fd != event_.get(), fd);
    std::erase_if(watched_, [fd](const pollfd& one) { return one.fd == fd; });
}

ParkEnd Parker::park(std::int64_t deadline_ns, std::int64_t now_ns) noexcept {
    timespec timeout{};
    const bool ends = deadline_ns != kForEver;
    if (ends) {
        const std::int64_t left_ns = std::max<std::int64_t>(0, deadline_ns - now_ns);
        timeout.tv_sec = left_ns / kNanosPerSecond;
        timeout.tv_nsec = left_ns % kNanosPerSecond;
    }
    const int ready = ::ppoll(watched_.data(), watched_.size(), ends ? &timeout : nullptr, nullptr);
    stay();
    if (ready < 0) {
        // A signal, or a system without memory or descriptors: costs a duty cycle, and nothing
        // else.
        return ParkEnd::woken;
    }
    if (ready == 0) {
        return ParkEnd::deadline;
    }
    for (const pollfd& one : watched_) {
        // A closed descriptor would end every sleep at once.
        KERA_ASSERT((one.revents & POLLNVAL) == 0, one.fd);
    }
    if (watched_.front().revents != 0) {
        clear_event();
        return ParkEnd::woken;
    }
    return ParkEnd::ready;
}

void Parker::end_sleep() noexcept {
    // Of many wakers one pays for the system call. When that one is slow, its write ends the sleep
    // after this one at once, which costs a duty cycle and loses nothing.
    if (parked_.exchange(false, std::memory_order_seq_cst)) {
        const std::uint64_t one = 1;
        const ssize_t written = ::write(event_.get(), &one, sizeof(one));
        // EAGAIN: the counter is full, so the event stands already.
        KERA_ASSERT(written == sizeof(one) || errno == EAGAIN, errno);
    }
}

void Parker::clear_event() noexcept {
    std::uint64_t count = 0;
    const ssize_t bytes = ::read(event_.get(), &count, sizeof(count));
    KERA_ASSERT(bytes == sizeof(count) || errno == EAGAIN, errno);
}

}  // namespace kera
