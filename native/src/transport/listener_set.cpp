#include "transport/listener_set.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "base/log.hpp"

namespace kera {

namespace {
constexpr std::int64_t kPauseNs = 100 * kNanosPerMilli;
}

Result<void> ListenerSet::add(FileDescriptor socket) {
    KERA_TRY(epoll_.watch_listener(socket.get(), sockets_.size()));
    sockets_.push_back(std::move(socket));
    return {};
}

std::optional<FileDescriptor> ListenerSet::accept_one(std::size_t listener, std::int64_t now_ns) {
    FileDescriptor socket(
        ::accept4(sockets_[listener].get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.open() || errno == EINTR || errno == ECONNABORTED) {
        return socket;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        if (const auto held_back = paused_line_.pass(now_ns)) {
            log(LogLevel::warn, "accept_paused", {{"errno", errno}, {"before", *held_back}});
        }
        watch_all(false);
        resumes_ns_ = now_ns + kPauseNs;
    }
    return std::nullopt;
}

void ListenerSet::resume(std::int64_t now_ns) {
    if (resumes_ns_ <= now_ns) {
        watch_all(true);
        resumes_ns_ = kNoDeadline;
    }
}

void ListenerSet::watch_all(bool watched) {
    for (std::size_t listener = 0; listener < sockets_.size(); ++listener) {
        epoll_.set_listener_watched(sockets_[listener].get(), listener, watched);
    }
}

}  // namespace kera
