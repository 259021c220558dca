#include "transport/epoll_set.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace kera {

namespace {

Result<void> control(int epoll, int operation, int descriptor, std::uint32_t events,
                     std::uint64_t key) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = key;
    if (::epoll_ctl(epoll, operation, descriptor, &event) != 0) {
        return fail(ErrorCode::limit_exceeded, "epoll_errno", 0, errno);
    }
    return {};
}

}  // namespace

Result<EpollSet> EpollSet::open() {
    FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    FileDescriptor wake_event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!epoll.open() || !wake_event.open()) {
        return fail(ErrorCode::limit_exceeded, "epoll_errno", 0, errno);
    }
    KERA_TRY(control(epoll.get(), EPOLL_CTL_ADD, wake_event.get(), EPOLLIN | EPOLLET, kWakeKey));
    return EpollSet(std::move(epoll), std::move(wake_event));
}

Result<void> EpollSet::watch_connection(int socket, EndpointId endpoint, std::uint32_t events) {
    return control(epoll_.get(), EPOLL_CTL_ADD, socket, events,
                   static_cast<std::uint64_t>(endpoint.value()));
}

Result<void> EpollSet::watch_listener(int socket, std::size_t listener) {
    return control(epoll_.get(), EPOLL_CTL_ADD, socket, EPOLLIN, kListenerBit | listener);
}

void EpollSet::set_listener_watched(int socket, std::size_t listener, bool watched) {
    const std::uint32_t events = watched ? static_cast<std::uint32_t>(EPOLLIN) : 0U;
    // It is in the set, so changing it cannot fail.
    static_cast<void>(
        control(epoll_.get(), EPOLL_CTL_MOD, socket, events, kListenerBit | listener));
}

void EpollSet::wake() noexcept {
    const std::uint64_t one = 1;
    // A full counter means that a wake-up is pending already.
    static_cast<void>(!::write(wake_event_.get(), &one, sizeof(one)));
    // Pairs with the load in woken(): an owner that spins and does not ask the kernel sees it, too.
    woken_.store(true, std::memory_order_release);
}

}  // namespace kera
