#include "transport/tcp/tcp_transport.hpp"

#include <sys/epoll.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/set_while.hpp"
#include "base/units.hpp"

namespace kera {

namespace {

// While sockets are read directly, epoll is asked once in so many polls or so long.
constexpr std::uint32_t kTcpPollsPerCollect = 32;
constexpr std::int64_t kTcpCollectIntervalNs = 20 * kNanosPerMicro;

}  // namespace

int TcpTransport::poll(TransportHandler& handler, int message_budget) {
    KERA_ASSERT(!polling_);
    const SetWhile polling(polling_);
    TransportEvents& events = connections_.events();
    int work = events.report(handler);
    now_ns_ = clock_.now_ns();
    const bool collects = parked_ || !receiver_.reads_directly() ||
                          ++polls_since_collected_ >= kTcpPollsPerCollect ||
                          now_ns_ - collected_ns_ >= kTcpCollectIntervalNs || epoll_.woken();
    if (collects) {
        parked_ = false;
        work += static_cast<int>(collect_events());
        work += events.report(handler);
    }
    work += receiver_.poll(handler, message_budget, now_ns_);
    if (now_ns_ >= next_check_ns()) {
        listeners_.resume(now_ns_);
        connections_.check_deadlines(now_ns_);
    }
    work += events.report(handler);
    if (!options_.sends_when_flushed) {
        sender_.flush_all();
    }
    if (connections_.any_dead()) {
        sender_.forget_dead();
        connections_.sweep();
    }
    return work;
}

SendOutcome TcpTransport::send(EndpointId endpoint, std::span<const std::byte> frame_head,
                               std::span<const IoSpan> body, Token token) {
    TcpConnection* connection = connections_.find(endpoint);
    return connection == nullptr ? SendOutcome::gone
                                 : sender_.send(*connection, frame_head, body, token);
}

void TcpTransport::flush() {
    KERA_ASSERT(!polling_);
    sender_.flush_all();
}

void TcpTransport::close(EndpointId endpoint, const Error& why) {
    TcpConnection* connection = connections_.find(endpoint);
    if (connection != nullptr) {
        sender_.close(*connection, why);
    }
}

void TcpTransport::allow_large_frames(EndpointId endpoint, std::uint32_t frame_bytes_max) {
    TcpConnection* connection = connections_.find(endpoint);
    if (connection == nullptr) {
        return;
    }
    if (connection->state == TcpState::open) {
        connection->deadline_ns = kNoDeadline;
    }
    connection->assembler.set_frame_bytes_max(
        std::min(frame_bytes_max, options_.message_bytes_max));
}

std::uint32_t TcpTransport::collect_events() {
    polls_since_collected_ = 0;
    collected_ns_ = now_ns_;
    return epoll_.collect(
        [this](std::size_t listener) {
            listeners_.accept_all(listener, now_ns_,
                                  [this](FileDescriptor socket) { accept(std::move(socket)); });
        },
        [this](EndpointId endpoint, std::uint32_t events) { on_socket_event(endpoint, events); });
}

void TcpTransport::on_socket_event(EndpointId endpoint, std::uint32_t events) {
    TcpConnection* connection = connections_.find(endpoint);
    if (connection == nullptr) {
        return;
    }
    if (connection->state == TcpState::connecting) {
        if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) {
            return;
        }
        finish_connect(*connection);
        if (connection->state == TcpState::dead) {
            return;
        }
    }
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        connection->readable = true;
        connections_.activate(*connection);
    }
    if ((events & EPOLLOUT) != 0 && !connection->queue.empty()) {
        sender_.flush(*connection);
    }
}

std::int64_t TcpTransport::next_deadline_ns() const {
    return std::min(next_check_ns(), receiver_.retry_ns());
}

bool TcpTransport::prepare_park() {
    if (!connections_.events().empty() || sender_.unflushed_count() > 0 || epoll_.woken()) {
        return false;
    }
    now_ns_ = clock_.now_ns();
    if (collect_events() > 0 || !connections_.events().empty() || receiver_.has_work()) {
        return false;
    }
    parked_ = true;
    return true;
}

}  // namespace kera
