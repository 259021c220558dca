#include "transport/shm/shm_connections.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/check.hpp"

namespace kera {

ShmConnections::ShmConnections(const ShmOptions& options, const Clock& clock, EpollSet& epoll)
    : options_(options),
      clock_(clock),
      epoll_(epoll),
      buffers_(options.buffer_bytes_max, options.idle_buffer_bytes_max),
      now_ns_(clock.now_ns()) {}

Result<ShmConnection*> ShmConnections::add(FileDescriptor socket, ShmState state) {
    if (table_.size() >= options_.connections_max) {
        return fail(ErrorCode::limit_exceeded, "connections", options_.connections_max,
                    static_cast<std::int64_t>(table_.size()) + 1);
    }
    const EndpointId id = table_.next_id();
    KERA_TRY(epoll_.watch_connection(socket.get(), id, EPOLLIN | EPOLLRDHUP));
    ShmConnection& connection =
        table_.add(std::make_unique<ShmConnection>(id, std::move(socket), state, buffers_));
    connection.deadline_ns = clock_.now_ns() + options_.handshake_deadline_ns;
    arm(connection.deadline_ns);
    return &connection;
}

void ShmConnections::establish(ShmConnection& connection) {
    connection.state = ShmState::open;
    connection.deadline_ns = kNoDeadline;
    if (connection.peer.accepted) {
        connection.deadline_ns = now_ns_ + options_.hello_deadline_ns;
        arm(connection.deadline_ns);
    }
    established_.push_back(&connection);
    events_.put_connected(connection.id, connection.peer);
}

void ShmConnections::rotate_established() {
    std::rotate(established_.begin(), established_.begin() + 1, established_.end());
}

void ShmConnections::close(ShmConnection& connection, const Error& why) {
    if (connection.state == ShmState::closing || connection.state == ShmState::dead) {
        return;
    }
    if (connection.state != ShmState::open) {
        kill(connection, why);
        return;
    }
    connection.state = ShmState::closing;
    connection.why = why;
    connection.frame_deadline_ns = kNoDeadline;
    connection.deadline_ns = clock_.now_ns() + options_.close_deadline_ns;
    arm(connection.deadline_ns);
    if (connection.long_message.empty()) {
        end_sending(connection);
    }
}

// The peer reads what it has been sent, then ends as well. Until then it may read what is lent to
// it.
void ShmConnections::end_sending(ShmConnection& connection) {
    connection.end_sent = true;
    ::shutdown(connection.socket.get(), SHUT_WR);
}

void ShmConnections::violate(ShmConnection& connection, TransportHandler& handler,
                             const Error& what) {
    if (connection.state != ShmState::open) {
        kill(connection, what);
        return;
    }
    handler.on_violation(connection.id, what);
    close(connection, what);
}

void ShmConnections::kill(ShmConnection& connection, const Error& why) {
    KERA_ASSERT(connection.state != ShmState::dead);
    const bool reported = connection.state != ShmState::awaiting_hello;
    connection.state = ShmState::dead;
    connection.socket.reset();
    connection.reassembly.drop();
    std::vector<Token> released;
    connection.long_message.drop_all(released);
    if (connection.channel != nullptr) {
        connection.channel->leases().take_all_back(released);
        if (!connection.peer.accepted && connection.keeps_send_memory &&
            !connection.channel->send_memory().empty()) {
            kept_[connection.id] = connection.channel;
        }
    }
    events_.put_released(connection.id, released);
    if (reported) {
        events_.put_disconnected(connection.id, why);
    }
    shared_bytes_ -= connection.shared_bytes;
    table_.end(connection.id);
}

void ShmConnections::sweep() {
    std::erase_if(established_, [](const ShmConnection* connection) {
        return connection->state == ShmState::dead;
    });
    table_.sweep();
}

Result<void> ShmConnections::grant_shared_bytes(ShmConnection& connection, std::uint64_t bytes) {
    if (shared_bytes_ + bytes > options_.shared_bytes_max) {
        return fail(ErrorCode::memory_exhausted, "shared_bytes",
                    static_cast<std::int64_t>(options_.shared_bytes_max),
                    static_cast<std::int64_t>(shared_bytes_ + bytes));
    }
    connection.shared_bytes += bytes;
    shared_bytes_ += bytes;
    return {};
}

std::span<std::byte> ShmConnections::send_memory(EndpointId endpoint) const {
    const ShmConnection* connection = find(endpoint);
    if (connection != nullptr && connection->channel != nullptr && !connection->peer.accepted) {
        return connection->channel->send_memory();
    }
    const auto kept = kept_.find(endpoint);
    return kept == kept_.end() ? std::span<std::byte>() : kept->second->send_memory();
}

void ShmConnections::drop_send_memory(EndpointId endpoint) {
    kept_.erase(endpoint);
    ShmConnection* connection = find(endpoint);
    if (connection != nullptr) {
        connection->keeps_send_memory = false;
    }
}

void ShmConnections::check_deadlines(std::int64_t now_ns) {
    next_check_ns_ = kNoDeadline;
    table_.for_each([this, now_ns](ShmConnection& connection) {
        if (connection.state != ShmState::dead) {
            check_deadlines_of(connection, now_ns);
        }
    });
}

void ShmConnections::check_deadlines_of(ShmConnection& connection, std::int64_t now_ns) {
    std::int64_t lease_deadline_ns = kNoDeadline;
    if (connection.peer.accepted && connection.channel != nullptr &&
        connection.channel->leases().count() > 0) {
        lease_deadline_ns = connection.channel->leases().oldest_since_ns() + options_.lease_ns_max;
    }
    if (connection.deadline_ns <= now_ns) {
        const char* what = connection.state == ShmState::open      ? "time_to_hello_ns"
                           : connection.state == ShmState::closing ? "time_to_close_ns"
                                                                   : "handshake_ns";
        kill(connection, fail(ErrorCode::timed_out, what));
    } else if (connection.frame_deadline_ns <= now_ns) {
        kill(connection, fail(ErrorCode::timed_out, "frame_ns", options_.frame_deadline_ns));
    } else if (lease_deadline_ns <= now_ns) {
        kill(connection, fail(ErrorCode::lease_lost, "lease_ns", options_.lease_ns_max));
    } else {
        arm(std::min({connection.deadline_ns, connection.frame_deadline_ns, lease_deadline_ns}));
    }
}

}  // namespace kera
