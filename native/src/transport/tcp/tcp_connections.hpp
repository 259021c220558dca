// The connections of a TcpTransport, from their beginning to their end: who is there, who is read,
// whose time is up, and the events that were not reported yet. Thread: the transport's.
// Owns the connections and the buffers that their frames lie in. Invariant: a dead connection is
// freed by sweep() and nowhere else, because somebody may be in the middle of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "transport/endpoint_table.hpp"
#include "transport/epoll_set.hpp"
#include "transport/message_buffer.hpp"
#include "transport/tcp/tcp_connection.hpp"
#include "transport/tcp/tcp_options.hpp"
#include "transport/transport_events.hpp"

namespace kera {

class TcpConnections {
  public:
    TcpConnections(const TcpOptions& options, EpollSet& epoll);
    TcpConnections(const TcpConnections&) = delete;
    TcpConnections& operator=(const TcpConnections&) = delete;

    // limit_exceeded: there are too many.
    Result<TcpConnection*> add(FileDescriptor socket, TcpState state);

    // Null once it is dead.
    TcpConnection* find(EndpointId endpoint) const {
        TcpConnection* connection = table_.find(endpoint);
        return connection == nullptr || connection->state == TcpState::dead ? nullptr : connection;
    }
    std::size_t size() const { return table_.size(); }

    // Those that are read: they have bytes, or had some a short while ago.
    std::vector<TcpConnection*>& active() { return active_; }
    void activate(TcpConnection& connection) {
        connection.idle_polls = 0;
        if (!connection.active) {
            connection.active = true;
            active_.push_back(&connection);
        }
    }

    // Everything taken has been sent: flushing -> lingering.
    void linger(TcpConnection& connection);
    // Ends it at once, whatever it still had to send.
    void kill(TcpConnection& connection, const Error& why);
    bool any_dead() const { return table_.any_ended(); }
    void sweep();

    // A connection has this deadline now.
    void arm(std::int64_t deadline_ns) { next_check_ns_ = std::min(next_check_ns_, deadline_ns); }
    // When check_deadlines() must be called.
    std::int64_t next_check_ns() const { return next_check_ns_; }
    // Kills whose time is up.
    void check_deadlines(std::int64_t now_ns);

    TransportEvents& events() { return events_; }
    const TransportEvents& events() const { return events_; }
    const MessageBufferPool& buffers() const { return buffers_; }

  private:
    const TcpOptions& options_;
    EpollSet& epoll_;
    MessageBufferPool buffers_;
    EndpointTable<TcpConnection> table_;
    std::vector<TcpConnection*> active_;
    TransportEvents events_;
    std::int64_t next_check_ns_ = kNoDeadline;
};

}  // namespace kera
