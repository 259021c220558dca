// The connections of a ShmTransport, from their beginning to their end: who is there, whose time is
// up, the events that were not reported yet, and what is kept of connections that died.
// Thread: the transport's. Owns the connections and the buffers for what is copied. Invariant: a
// dead connection is freed by sweep() and nowhere else, because somebody may be in the middle of
// it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "transport/endpoint_table.hpp"
#include "transport/epoll_set.hpp"
#include "transport/message_buffer.hpp"
#include "transport/shm/shm_connection.hpp"
#include "transport/shm/shm_options.hpp"
#include "transport/transport_events.hpp"

namespace kera {

class ShmConnections {
  public:
    ShmConnections(const ShmOptions& options, const Clock& clock, EpollSet& epoll);
    ShmConnections(const ShmConnections&) = delete;
    ShmConnections& operator=(const ShmConnections&) = delete;

    // limit_exceeded: there are too many.
    Result<ShmConnection*> add(FileDescriptor socket, ShmState state);
    // Null once it is dead.
    ShmConnection* find(EndpointId endpoint) const {
        ShmConnection* connection = table_.find(endpoint);
        return connection == nullptr || connection->state == ShmState::dead ? nullptr : connection;
    }
    std::size_t size() const { return table_.size(); }

    // The handshake has succeeded: the connection has a channel, and is open.
    void establish(ShmConnection& connection);
    // Open and closing ones, and those that died since the last sweep().
    std::span<ShmConnection* const> established() const { return established_; }
    // The first becomes the last.
    void rotate_established();

    // What was taken is still sent, then it ends.
    void close(ShmConnection& connection, const Error& why);
    void end_sending(ShmConnection& connection);
    // The peer broke the framing: the handler may answer it, then it is closed.
    void violate(ShmConnection& connection, TransportHandler& handler, const Error& what);
    // Ends it at once.
    void kill(ShmConnection& connection, const Error& why);
    bool any_dead() const { return table_.any_ended(); }
    void sweep();

    // Grants memory to a client. memory_exhausted: all clients together have too much.
    Result<void> grant_shared_bytes(ShmConnection& connection, std::uint64_t bytes);
    std::uint64_t shared_bytes() const { return shared_bytes_; }

    // See Transport: stays mapped when the connection has died.
    std::span<std::byte> send_memory(EndpointId endpoint) const;
    void drop_send_memory(EndpointId endpoint);

    // The time when the clock was last read: polls that find nothing do not read it.
    std::int64_t now_ns() const { return now_ns_; }
    std::int64_t read_clock() { return now_ns_ = clock_.now_ns(); }
    // A connection has this deadline now.
    void arm(std::int64_t deadline_ns) { next_check_ns_ = std::min(next_check_ns_, deadline_ns); }
    // When check_deadlines() must be called.
    std::int64_t next_check_ns() const { return next_check_ns_; }
    // Kills whose time is up.
    void check_deadlines(std::int64_t now_ns);

    TransportEvents& events() { return events_; }
    const TransportEvents& events() const { return events_; }
    MessageBufferPool& buffers() { return buffers_; }
    const MessageBufferPool& buffers() const { return buffers_; }

  private:
    void check_deadlines_of(ShmConnection& connection, std::int64_t now_ns);

    const ShmOptions& options_;
    const Clock& clock_;
    EpollSet& epoll_;
    MessageBufferPool buffers_;
    EndpointTable<ShmConnection> table_;
    std::vector<ShmConnection*> established_;
    std::map<EndpointId, std::shared_ptr<ShmChannel>> kept_;  // for the send memory of the dead
    TransportEvents events_;
    std::uint64_t shared_bytes_ = 0;
    std::int64_t now_ns_;
    std::int64_t next_check_ns_ = kNoDeadline;
};

}  // namespace kera
