// The sockets on which a transport accepts connections. Thread: the transport's. Owns the sockets;
// borrows the EpollSet that watches them. Invariant: while the system has no descriptors left, no
// listener is watched. Otherwise it would stay readable and keep its owner from ever sleeping.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/rare_line.hpp"
#include "base/result.hpp"
#include "transport/epoll_set.hpp"
#include "transport/transport.hpp"

namespace kera {

class ListenerSet {
  public:
    explicit ListenerSet(EpollSet& epoll) : epoll_(epoll) {}
    ListenerSet(const ListenerSet&) = delete;
    ListenerSet& operator=(const ListenerSet&) = delete;

    Result<void> add(FileDescriptor socket);

    // Hands the connections that wait at a listener to on_accepted(FileDescriptor).
    template <class OnAccepted>
    void accept_all(std::size_t listener, std::int64_t now_ns, OnAccepted&& on_accepted) {
        for (int attempt = 0; attempt < kAcceptsMax; ++attempt) {
            std::optional<FileDescriptor> socket = accept_one(listener, now_ns);
            if (!socket) {
                return;
            }
            if (socket->open()) {
                on_accepted(std::move(*socket));
            }
        }
    }

    // When resume() must be called; kNoDeadline when no listener is paused.
    std::int64_t resumes_ns() const { return resumes_ns_; }
    void resume(std::int64_t now_ns);

  private:
    // So many in one go, so that a flood of connections does not hold up messages.
    static constexpr int kAcceptsMax = 64;

    // A closed descriptor: this connection has gone, try the next. Empty: there is no next.
    std::optional<FileDescriptor> accept_one(std::size_t listener, std::int64_t now_ns);
    void watch_all(bool watched);

    EpollSet& epoll_;
    std::vector<FileDescriptor> sockets_;
    std::int64_t resumes_ns_ = kNoDeadline;
    RareLine paused_line_;
};

}  // namespace kera
