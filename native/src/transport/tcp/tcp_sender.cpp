#include "transport/tcp/tcp_sender.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/check.hpp"
#include "base/units.hpp"

namespace kera {

namespace {

// Smaller messages are gathered while polling and leave in one system call.
constexpr std::uint64_t kGatherBytesMax = 16 * 1024;
constexpr std::size_t kVectorsMax = 64;

iovec vector_of(const std::byte* data, std::size_t bytes) {
    return {const_cast<std::byte*>(data), bytes};  // sendmsg only reads
}

// Returns the bytes that the socket took, 0 when it is full, -1 when the connection is lost.
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

SendOutcome TcpSender::send(TcpConnection& connection, std::span<const std::byte> head,
                            std::span<const IoSpan> body, Token token) {
    if (connection.state == TcpState::flushing || connection.state == TcpState::lingering) {
        return SendOutcome::gone;
    }
    KERA_ASSERT(body.size() <= kTcpSegmentsMax, body.size());
    std::uint64_t frame_bytes = head.size();
    for (const IoSpan& span : body) {
        frame_bytes += span.bytes;
    }
    KERA_ASSERT(
        frame_bytes <= options_.message_bytes_max && is_aligned(frame_bytes, kFrameAlignment),
        frame_bytes);
    if (connection.state == TcpState::connecting || !connection.queue.has_room(frame_bytes)) {
        connection.blocked = true;
        return SendOutcome::again;
    }
    const bool gathers =
        (polling_ || options_.sends_when_flushed) && frame_bytes <= kGatherBytesMax;
    if (!connection.queue.empty() || gathers) {
        const SendOutcome outcome = enqueue(connection, head, body, token, 0);
        if (outcome == SendOutcome::sent && !connection.unflushed) {
            connection.unflushed = true;
            unflushed_.push_back(&connection);
        }
        return outcome;
    }
    return send_now(connection, head, body, token, frame_bytes);
}

SendOutcome TcpSender::send_now(TcpConnection& connection, std::span<const std::byte> head,
                                std::span<const IoSpan> body, Token token,
                                std::uint64_t frame_bytes) {
    std::array<iovec, kVectorsMax> vectors;
    std::size_t count = 0;
    std::uint64_t offered = head.size();
    vectors[count++] = vector_of(head.data(), head.size());
    for (const IoSpan& span : body.first(std::min(body.size(), kVectorsMax - 1))) {
        vectors[count++] = vector_of(span.data, span.bytes);
        offered += span.bytes;
    }
    const ssize_t sent = send_vectors(connection.socket.get(), vectors.data(), count);
    if (sent < 0) {
        connections_.kill(connection, fail(ErrorCode::disconnected, "send_errno", 0, errno));
        return SendOutcome::gone;
    }
    if (static_cast<std::uint64_t>(sent) == frame_bytes) {
        if (token != kNoToken) {
            connections_.events().put_released(connection.id, token);
        }
        return SendOutcome::sent;
    }
    const auto sent_bytes = static_cast<std::uint64_t>(sent);
    const SendOutcome outcome = enqueue(connection, head, body, token, sent_bytes);
    if (outcome == SendOutcome::sent && sent_bytes == offered) {
        flush(connection);  // the socket is not full: no event would say that it may go on
    }
    return outcome;
}

SendOutcome TcpSender::enqueue(TcpConnection& connection, std::span<const std::byte> head,
                               std::span<const IoSpan> body, Token token,
                               std::uint64_t skip_bytes) {
    if (connection.queue.put(head, body, token, skip_bytes)) {
        return SendOutcome::sent;
    }
    if (skip_bytes == 0) {
        connection.blocked = true;
        return SendOutcome::again;
    }
    // A part has been sent and there is no memory for the rest: the stream is cut inside a frame.
    connections_.kill(connection, fail(ErrorCode::buffer_exhausted, "buffer_bytes",
                                       static_cast<std::int64_t>(options_.buffer_bytes_max)));
    return SendOutcome::gone;
}

void TcpSender::flush(TcpConnection& connection) {
    std::array<iovec, kVectorsMax> vectors;
    while (!connection.queue.empty()) {
        const std::size_t count = connection.queue.front(vectors);
        std::uint64_t offered = 0;
        for (std::size_t index = 0; index < count; ++index) {
            offered += vectors[index].iov_len;
        }
        const ssize_t sent = send_vectors(connection.socket.get(), vectors.data(), count);
        if (sent < 0) {
            connections_.kill(connection, fail(ErrorCode::disconnected, "send_errno", 0, errno));
            return;
        }
        released_.clear();
        connection.queue.sent(static_cast<std::uint64_t>(sent), released_);
        connections_.events().put_released(connection.id, released_);
        if (static_cast<std::uint64_t>(sent) < offered) {
            break;
        }
    }
    if (connection.blocked && connection.queue.half_empty()) {
        connection.blocked = false;
        connections_.events().put_writable(connection.id);
    }
    if (connection.state == TcpState::flushing && connection.queue.empty()) {
        connections_.linger(connection);
    }
}

void TcpSender::close(TcpConnection& connection, const Error& why) {
    if (connection.state == TcpState::connecting) {
        connections_.kill(connection, why);
        return;
    }
    if (connection.state != TcpState::open) {
        return;
    }
    connection.state = TcpState::flushing;
    connection.why = why;
    connection.frame_deadline_ns = kNoDeadline;
    connection.deadline_ns = clock_.now_ns() + options_.close_deadline_ns;
    connections_.arm(connection.deadline_ns);
    flush(connection);
}

void TcpSender::flush_all() {
    for (TcpConnection* connection : unflushed_) {
        connection->unflushed = false;
        if (connection->state == TcpState::open || connection->state == TcpState::flushing) {
            flush(*connection);
        }
    }
    unflushed_.clear();
}

void TcpSender::forget_dead() {
    std::erase_if(unflushed_, [](const TcpConnection* connection) {
        return connection->state == TcpState::dead;
    });
}

}  // namespace kera
