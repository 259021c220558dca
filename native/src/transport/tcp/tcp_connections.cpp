#include "transport/tcp/tcp_connections.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <memory>

#include "base/check.hpp"

namespace kera {

TcpConnections::TcpConnections(const TcpOptions& options, EpollSet& epoll)
    : options_(options),
      epoll_(epoll),
      buffers_(options.buffer_bytes_max, options.idle_buffer_bytes_max) {}

Result<TcpConnection*> TcpConnections::add(FileDescriptor socket, TcpState state) {
    if (table_.size() >= options_.connections_max) {
        return fail(ErrorCode::limit_exceeded, "connections", options_.connections_max,
                    static_cast<std::int64_t>(table_.size()) + 1);
    }
    const EndpointId id = table_.next_id();
    KERA_TRY(epoll_.watch_connection(socket.get(), id, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET));
    return &table_.add(std::make_unique<TcpConnection>(id, std::move(socket), state, buffers_,
                                                       options_.send_queue_bytes_max));
}

// Closing at once would reset the connection if the peer is still sending, and it would never read
// our last answer; so its bytes are read and discarded for a moment.
void TcpConnections::linger(TcpConnection& connection) {
    ::shutdown(connection.socket.get(), SHUT_WR);
    events_.put_disconnected(connection.id, connection.why);
    connection.state = TcpState::lingering;
    connection.readable = true;
    activate(connection);
}

void TcpConnections::kill(TcpConnection& connection, const Error& why) {
    KERA_ASSERT(connection.state != TcpState::dead);
    const bool told = connection.state == TcpState::lingering;
    std::vector<Token> released;
    connection.queue.drop_all(released);
    events_.put_released(connection.id, released);
    if (!told) {
        events_.put_disconnected(connection.id, why);
    }
    connection.state = TcpState::dead;
    connection.socket.reset();
    table_.end(connection.id);
}

void TcpConnections::sweep() {
    std::erase_if(active_, [](const TcpConnection* connection) {
        return connection->state == TcpState::dead;
    });
    table_.sweep();
}

void TcpConnections::check_deadlines(std::int64_t now_ns) {
    next_check_ns_ = kNoDeadline;
    table_.for_each([this, now_ns](TcpConnection& connection) {
        if (connection.state == TcpState::dead) {
            return;
        }
        if (connection.deadline_ns <= now_ns) {
            const char* what = connection.state == TcpState::connecting ? "connect_ns"
                               : connection.state == TcpState::open     ? "time_to_hello_ns"
                                                                        : "time_to_close_ns";
            kill(connection, fail(ErrorCode::timed_out, what));
        } else if (connection.frame_deadline_ns <= now_ns) {
            kill(connection, fail(ErrorCode::timed_out, "frame_ns", options_.frame_deadline_ns));
        } else {
            arm(std::min(connection.deadline_ns, connection.frame_deadline_ns));
        }
    });
}

}  // namespace kera
