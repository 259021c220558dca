#include "transport/tcp/tcp_transport.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/check.hpp"
#include "base/set_while.hpp"
#include "base/units.hpp"
#include "transport/epoll_keys.hpp"

namespace kera {

namespace {

// So few connections are read directly; with more, asking epoll once is cheaper.
constexpr std::size_t kDirectReadsMax = 4;
constexpr std::uint32_t kPollsPerEpoll = 32;
constexpr std::int64_t kEpollIntervalNs = 20 * kNanosPerMicro;
constexpr std::uint32_t kIdlePollsMax = 256;
constexpr int kReadsPerPoll = 4;
// Messages this small are gathered while polling and leave in one system call.
constexpr std::uint64_t kGatherBytesMax = 16 * 1024;
// Connections whose answers may wait for flush().
constexpr std::size_t kKeptBackMax = 4;
constexpr std::size_t kVectorsMax = 64;
constexpr std::int64_t kRetryNs = 10 * kNanosPerMilli;

iovec vector_of(const std::byte* data, std::size_t bytes) {
    return {const_cast<std::byte*>(data), bytes};  // sendmsg only reads
}

// Bytes taken, 0 when the socket is full, -1 when the connection is gone.
ssize_t send_vectors(int socket, iovec* vectors, std::size_t count) {
    msghdr message{};
    message.msg_iov = vectors;
    message.msg_iovlen = count;
    for (;;) {
        const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            return sent;
        }
        if (errno == EAGAIN) {
            return 0;
        }
        if (errno != EINTR) {
            return -1;
        }
    }
}

}  // namespace

int TcpTransport::poll(TransportHandler& handler, int message_budget) {
    KERA_ASSERT(!polling_);
    const SetWhile polling(polling_);
    int work = events_.report(handler);
    now_ns_ = clock_.now_ns();
    const bool asks_epoll = parked_ || active_.empty() || active_.size() > kDirectReadsMax ||
                            ++polls_since_epoll_ >= kPollsPerEpoll ||
                            now_ns_ - last_epoll_ns_ >= kEpollIntervalNs ||
                            woken_.load(std::memory_order_acquire);
    if (asks_epoll) {
        parked_ = false;
        woken_.store(false, std::memory_order_relaxed);
        work += static_cast<int>(collect_events());
        work += events_.report(handler);
    }
    work += read_active(handler, message_budget);
    if (now_ns_ >= next_check_ns_) {
        check_deadlines(now_ns_);
    }
    work += events_.report(handler);
    if (!options_.sends_when_flushed) {
        flush_dirty();
    }
    sweep_dead();
    return work;
}

void TcpTransport::flush() {
    KERA_ASSERT(!polling_);
    flush_dirty();
}

std::uint32_t TcpTransport::collect_events() {
    std::array<epoll_event, 128> events;
    polls_since_epoll_ = 0;
    last_epoll_ns_ = now_ns_;
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int index = 0; index < count; ++index) {
        handle_event(events[static_cast<std::size_t>(index)]);
    }
    return count > 0 ? static_cast<std::uint32_t>(count) : 0;
}

void TcpTransport::handle_event(const epoll_event& event) {
    const std::uint64_t key = event.data.u64;
    if (key == kWakeKey) {
        return;
    }
    if (is_listener_key(key)) {
        accept_all(listeners_[listener_index(key)]);
        return;
    }
    TcpConnection* connection = find(EndpointId(static_cast<std::int64_t>(key)));
    if (connection == nullptr) {
        return;
    }
    if (connection->state == TcpState::connecting) {
        if ((event.events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) {
            return;
        }
        finish_connect(*connection);
        if (connection->state == TcpState::dead) {
            return;
        }
    }
    if ((event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        connection->readable = true;
        activate(*connection);
    }
    if ((event.events & EPOLLOUT) != 0 && !connection->queue.empty()) {
        flush(*connection);
    }
}

void TcpTransport::activate(TcpConnection& connection) {
    connection.idle_polls = 0;
    if (!connection.active) {
        connection.active = true;
        active_.push_back(&connection);
    }
}

int TcpTransport::read_active(TransportHandler& handler, int message_budget) {
    int delivered = 0;
    retry_ns_ = kNoDeadline;
    const bool direct = active_.size() <= kDirectReadsMax;
    for (std::size_t index = 0; index < active_.size();) {
        TcpConnection& connection = *active_[index];
        const bool due = direct || connection.readable || connection.undelivered;
        if (due && connection.state == TcpState::open) {
            delivered += read_connection(connection, handler, message_budget - delivered);
        } else if (due && connection.state == TcpState::lingering) {
            discard_input(connection);
        }
        if (!connection.readable && !connection.undelivered &&
            ++connection.idle_polls > kIdlePollsMax) {
            connection.active = false;
            active_[index] = active_.back();
            active_.pop_back();
        } else {
            ++index;
        }
    }
    // The first in line must not always be the same when the budget ends before the line does.
    if (delivered >= message_budget && active_.size() > 1) {
        std::rotate(active_.begin(), active_.begin() + 1, active_.end());
    }
    return delivered;
}

int TcpTransport::read_connection(TcpConnection& connection, TransportHandler& handler,
                                  int message_budget) {
    int delivered = deliver_frames(connection, handler, message_budget);
    bool more = true;
    for (int reads = 0; reads < kReadsPerPoll && more && delivered < message_budget &&
                        !connection.undelivered && connection.state == TcpState::open;
         ++reads) {
        more = receive(connection);
        if (connection.state != TcpState::open) {
            break;
        }
        delivered += deliver_frames(connection, handler, message_budget - delivered);
    }
    // Whoever sends much is answered soon; a single answer may have company before the cycle ends.
    if (delivered > 1 || dirty_.size() > kKeptBackMax || !options_.sends_when_flushed) {
        flush_dirty();
    }
    if (connection.state != TcpState::open) {
        return delivered;
    }
    if (!connection.assembler.inside_frame() || connection.undelivered) {
        connection.frame_deadline_ns = kNoDeadline;
        connection.assembler.rest();
    } else if (delivered > 0 || connection.frame_deadline_ns == kNoDeadline) {
        connection.frame_deadline_ns = now_ns_ + options_.frame_deadline_ns;
        arm(connection.frame_deadline_ns);
    }
    return delivered;
}

int TcpTransport::deliver_frames(TcpConnection& connection, TransportHandler& handler,
                                 int message_budget) {
    int delivered = 0;
    connection.undelivered = false;
    while (connection.state == TcpState::open) {
        if (delivered >= message_budget) {
            connection.undelivered = connection.assembler.inside_frame();
            break;
        }
        auto frame = connection.assembler.next();
        if (!frame.ok()) [[unlikely]] {
            violate(connection, handler, frame.error());
            break;
        }
        if (!frame->has_value()) {
            break;
        }
        ++delivered;
        handler.on_message(connection.id, std::move(**frame));
    }
    return delivered;
}

// One recv. False when there is no more for now, or never again.
bool TcpTransport::receive(TcpConnection& connection) {
    const std::span<std::byte> room = connection.assembler.room();
    if (room.empty()) {
        connection.readable = true;
        retry_ns_ = now_ns_ + kRetryNs;
        if (connection.frame_deadline_ns != kNoDeadline) {
            connection.frame_deadline_ns = now_ns_ + options_.frame_deadline_ns;
        }
        return false;
    }
    const ssize_t received =
        ::recv(connection.socket.get(), room.data(), room.size(), MSG_DONTWAIT);
    if (received > 0) {
        connection.idle_polls = 0;
        connection.assembler.arrived(static_cast<std::uint32_t>(received));
        connection.readable = static_cast<std::size_t>(received) == room.size();
        return connection.readable;
    }
    if (received == 0) {
        const bool cut = connection.assembler.inside_frame();
        flush(connection);
        if (connection.state == TcpState::open) {
            kill(connection,
                 fail(ErrorCode::disconnected, cut ? "peer closed inside a frame" : "peer closed"));
        }
        return false;
    }
    if (errno == EAGAIN) {
        connection.readable = false;
    } else if (errno != EINTR) {
        kill(connection, fail(ErrorCode::disconnected, "recv_errno", 0, errno));
    }
    return false;
}

void TcpTransport::discard_input(TcpConnection& connection) {
    std::array<std::byte, 16 * 1024> discarded;
    const ssize_t received =
        ::recv(connection.socket.get(), discarded.data(), discarded.size(), MSG_DONTWAIT);
    if (received == 0 || (received < 0 && errno != EAGAIN && errno != EINTR)) {
        kill(connection, connection.why);
    } else {
        connection.readable = received == static_cast<ssize_t>(discarded.size());
    }
}

SendOutcome TcpTransport::send(EndpointId endpoint, std::span<const std::byte> frame_head,
                               std::span<const IoSpan> body, Token token) {
    TcpConnection* connection = find(endpoint);
    if (connection == nullptr || connection->state == TcpState::flushing ||
        connection->state == TcpState::lingering) {
        return SendOutcome::gone;
    }
    KERA_ASSERT(body.size() <= kVectorsMax * 8, body.size());
    std::uint64_t frame_bytes = frame_head.size();
    for (const IoSpan& span : body) {
        frame_bytes += span.bytes;
    }
    KERA_ASSERT(
        frame_bytes <= options_.message_bytes_max && is_aligned(frame_bytes, kFrameAlignment),
        frame_bytes);
    if (connection->state == TcpState::connecting || !connection->queue.has_room(frame_bytes)) {
        connection->blocked = true;
        return SendOutcome::again;
    }
    const bool gathers =
        (polling_ || options_.sends_when_flushed) && frame_bytes <= kGatherBytesMax;
    if (!connection->queue.empty() || gathers) {
        const SendOutcome outcome = enqueue(*connection, frame_head, body, token, 0);
        if (outcome == SendOutcome::sent && !connection->dirty) {
            connection->dirty = true;
            dirty_.push_back(connection);
        }
        return outcome;
    }
    return send_now(*connection, frame_head, body, token, frame_bytes);
}

SendOutcome TcpTransport::send_now(TcpConnection& connection, std::span<const std::byte> head,
                                   std::span<const IoSpan> body, Token token,
                                   std::uint64_t frame_bytes) {
    std::array<iovec, kVectorsMax> vectors;
    std::size_t count = 0;
    std::uint64_t gathered = head.size();
    vectors[count++] = vector_of(head.data(), head.size());
    for (const IoSpan& span : body.first(std::min(body.size(), kVectorsMax - 1))) {
        vectors[count++] = vector_of(span.data, span.bytes);
        gathered += span.bytes;
    }
    const ssize_t sent = send_vectors(connection.socket.get(), vectors.data(), count);
    if (sent < 0) {
        kill(connection, fail(ErrorCode::disconnected, "send_errno", 0, errno));
        return SendOutcome::gone;
    }
    if (static_cast<std::uint64_t>(sent) == frame_bytes) {
        if (token != kNoToken) {
            events_.put_released(connection.id, token);
        }
        return SendOutcome::sent;
    }
    const auto sent_bytes = static_cast<std::uint64_t>(sent);
    const SendOutcome outcome = enqueue(connection, head, body, token, sent_bytes);
    if (outcome == SendOutcome::sent && sent_bytes == gathered) {
        flush(connection);  // the socket is not full: no event would tell that it may go on
    }
    return outcome;
}

SendOutcome TcpTransport::enqueue(TcpConnection& connection, std::span<const std::byte> head,
                                  std::span<const IoSpan> body, Token token,
                                  std::uint64_t skip_bytes) {
    if (connection.queue.put(head, body, token, skip_bytes)) {
        return SendOutcome::sent;
    }
    if (skip_bytes == 0) {
        connection.blocked = true;
        return SendOutcome::again;
    }
    // A part is on its way and the rest has nowhere to wait: the stream is cut inside a frame.
    kill(connection, fail(ErrorCode::buffer_exhausted, "buffer_bytes",
                          static_cast<std::int64_t>(options_.buffer_bytes_max)));
    return SendOutcome::gone;
}

void TcpTransport::flush(TcpConnection& connection) {
    std::array<iovec, kVectorsMax> vectors;
    while (!connection.queue.empty()) {
        const std::size_t count = connection.queue.front(vectors);
        std::uint64_t offered = 0;
        for (std::size_t index = 0; index < count; ++index) {
            offered += vectors[index].iov_len;
        }
        const ssize_t sent = send_vectors(connection.socket.get(), vectors.data(), count);
        if (sent < 0) {
            kill(connection, fail(ErrorCode::disconnected, "send_errno", 0, errno));
            return;
        }
        connection.queue.sent(static_cast<std::uint64_t>(sent), released_);
        report_released(connection.id);
        if (static_cast<std::uint64_t>(sent) < offered) {
            break;
        }
    }
    if (connection.blocked && connection.queue.half_empty()) {
        connection.blocked = false;
        events_.put_writable(connection.id);
    }
    if (connection.state == TcpState::flushing && connection.queue.empty()) {
        end_sending(connection);
    }
}

void TcpTransport::flush_dirty() {
    for (std::size_t index = 0; index < dirty_.size(); ++index) {
        TcpConnection& connection = *dirty_[index];
        connection.dirty = false;
        if (connection.state == TcpState::open || connection.state == TcpState::flushing) {
            flush(connection);
        }
    }
    dirty_.clear();
}

void TcpTransport::report_released(EndpointId endpoint) {
    for (const Token token : released_) {
        events_.put_released(endpoint, token);
    }
    released_.clear();
}

}  // namespace kera
