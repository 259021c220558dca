#include "transport/tcp/tcp_receiver.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/units.hpp"

namespace kera {

namespace {

constexpr std::uint32_t kIdlePollsMax = 256;
constexpr int kReadsPerPoll = 4;
// So many connections may have answers that wait for flush().
constexpr std::size_t kUnflushedMax = 4;
constexpr std::int64_t kRetryNs = 10 * kNanosPerMilli;

}  // namespace

int TcpReceiver::poll(TransportHandler& handler, int message_budget, std::int64_t now_ns) {
    now_ns_ = now_ns;
    retry_ns_ = kNoDeadline;
    std::vector<TcpConnection*>& active = connections_.active();
    int delivered = 0;
    const bool direct = active.size() <= kDirectReadsMax;
    for (std::size_t index = 0; index < active.size();) {
        TcpConnection& connection = *active[index];
        const bool due = direct || connection.readable || connection.undelivered;
        if (due && connection.state == TcpState::open) {
            delivered += read_connection(connection, handler, message_budget - delivered);
        } else if (due && connection.state == TcpState::lingering) {
            discard_input(connection);
        }
        if (!connection.readable && !connection.undelivered &&
            ++connection.idle_polls > kIdlePollsMax) {
            connection.active = false;
            active[index] = active.back();
            active.pop_back();
        } else {
            ++index;
        }
    }
    // The budget ended before the line did: so another connection is the first next time.
    if (delivered >= message_budget && active.size() > 1) {
        std::rotate(active.begin(), active.begin() + 1, active.end());
    }
    return delivered;
}

int TcpReceiver::read_connection(TcpConnection& connection, TransportHandler& handler,
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
    // A peer that sends much is answered soon. A single answer waits for others until flush().
    if (delivered > 1 || sender_.unflushed_count() > kUnflushedMax ||
        !options_.sends_when_flushed) {
        sender_.flush_all();
    }
    if (connection.state != TcpState::open) {
        return delivered;
    }
    if (!connection.assembler.inside_frame() || connection.undelivered) {
        connection.frame_deadline_ns = kNoDeadline;
        connection.assembler.drop_empty_buffer();
    } else if (delivered > 0 || connection.frame_deadline_ns == kNoDeadline) {
        connection.frame_deadline_ns = now_ns_ + options_.frame_deadline_ns;
        connections_.arm(connection.frame_deadline_ns);
    }
    return delivered;
}

int TcpReceiver::deliver_frames(TcpConnection& connection, TransportHandler& handler,
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
            handler.on_violation(connection.id, frame.error());
            sender_.close(connection, frame.error());
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

// One recv(). False when there are no more bytes now, or never again.
bool TcpReceiver::receive(TcpConnection& connection) {
    const std::span<std::byte> free = connection.assembler.free_bytes();
    if (free.empty()) {
        connection.readable = true;
        retry_ns_ = now_ns_ + kRetryNs;
        if (connection.frame_deadline_ns != kNoDeadline) {
            connection.frame_deadline_ns = now_ns_ + options_.frame_deadline_ns;
        }
        return false;
    }
    const ssize_t received =
        ::recv(connection.socket.get(), free.data(), free.size(), MSG_DONTWAIT);
    if (received > 0) {
        connection.idle_polls = 0;
        connection.assembler.arrived(static_cast<std::uint32_t>(received));
        connection.readable = static_cast<std::size_t>(received) == free.size();
        return connection.readable;
    }
    if (received == 0) {
        const bool cut = connection.assembler.inside_frame();
        sender_.flush(connection);
        if (connection.state == TcpState::open) {
            connections_.kill(connection, fail(ErrorCode::disconnected,
                                               cut ? "peer closed inside a frame" : "peer closed"));
        }
        return false;
    }
    if (errno == EAGAIN) {
        connection.readable = false;
    } else if (errno != EINTR) {
        connections_.kill(connection, fail(ErrorCode::disconnected, "recv_errno", 0, errno));
    }
    return false;
}

void TcpReceiver::discard_input(TcpConnection& connection) {
    std::array<std::byte, 16 * 1024> discarded;
    const ssize_t received =
        ::recv(connection.socket.get(), discarded.data(), discarded.size(), MSG_DONTWAIT);
    if (received == 0 || (received < 0 && errno != EAGAIN && errno != EINTR)) {
        connections_.kill(connection, connection.why);
    } else {
        connection.readable = received == static_cast<ssize_t>(discarded.size());
    }
}

bool TcpReceiver::has_work() const {
    return std::ranges::any_of(connections_.active(), [this](const TcpConnection* connection) {
        const bool reads =
            connection->state == TcpState::open || connection->state == TcpState::lingering;
        return connection->undelivered ||
               (reads && connection->readable && retry_ns_ == kNoDeadline);
    });
}

}  // namespace kera
