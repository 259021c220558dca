// The sockets that a transport waits for, and an event by which any thread wakes the transport.
// Thread: the transport's; wake() from any. Owns the epoll descriptor and the event. Sockets belong
// to the caller; closing one takes it out of the set. Invariant: waiting is up to the owner of
// fd(): nothing here ever blocks.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "transport/endpoint.hpp"

namespace kera {

class EpollSet {
  public:
    // limit_exceeded: the system has no descriptors left.
    static Result<EpollSet> open();
    // REQUIRES: no other thread uses `other` yet.
    EpollSet(EpollSet&& other) noexcept
        : epoll_(std::move(other.epoll_)), wake_event_(std::move(other.wake_event_)) {}
    EpollSet& operator=(EpollSet&&) = delete;
    EpollSet(const EpollSet&) = delete;
    EpollSet& operator=(const EpollSet&) = delete;
    ~EpollSet() = default;

    // Readable when a watched socket has something, or wake() was called.
    int fd() const noexcept { return epoll_.get(); }

    // Both fail with limit_exceeded.
    Result<void> watch_connection(int socket, EndpointId endpoint, std::uint32_t events);
    Result<void> watch_listener(int socket, std::size_t listener);
    // A listener that is not watched stays in the set, and is not reported.
    void set_listener_watched(int socket, std::size_t listener, bool watched);

    void wake() noexcept;
    // wake() was called since the last collect().
    bool woken() const noexcept {
        // Pairs with the store in wake().
        return woken_.load(std::memory_order_acquire);
    }

    // Asks the kernel what has happened, without waiting. Calls on_listener(number) and
    // on_connection(endpoint, events); returns how many things have happened, wake-ups among them.
    template <class OnListener, class OnConnection>
    std::uint32_t collect(OnListener&& on_listener, OnConnection&& on_connection) {
        // Before the kernel is asked: a wake() from here on is seen by this call or the next.
        woken_.store(false, std::memory_order_relaxed);
        std::array<epoll_event, 128> events;
        const int found =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
        const auto count = static_cast<std::size_t>(found > 0 ? found : 0);
        for (std::size_t index = 0; index < count; ++index) {
            const std::uint64_t key = events[index].data.u64;
            if (key == kWakeKey) {
                continue;
            }
            if ((key & kListenerBit) != 0) {
                on_listener(static_cast<std::size_t>(key & ~kListenerBit));
            } else {
                on_connection(EndpointId(static_cast<std::int64_t>(key)), events[index].events);
            }
        }
        return static_cast<std::uint32_t>(count);
    }

  private:
    // What the kernel keeps for each descriptor: of a connection its id, which is positive.
    static constexpr std::uint64_t kListenerBit = 1ULL << 63;
    static constexpr std::uint64_t kWakeKey = ~0ULL;

    EpollSet(FileDescriptor epoll, FileDescriptor wake_event) noexcept
        : epoll_(std::move(epoll)), wake_event_(std::move(wake_event)) {}

    FileDescriptor epoll_;
    FileDescriptor wake_event_;
    std::atomic<bool> woken_{false};  // stored by wake(), cleared by collect()
};

}  // namespace kera
