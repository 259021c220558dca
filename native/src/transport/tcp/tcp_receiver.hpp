// The receiving half of a TcpTransport: reads the sockets of active connections and delivers their
// frames. Few active connections are read without asking epoll before. Thread: the transport's.
// Invariants: a connection that has more to deliver than the budget allows keeps it for the next
// poll; what the peer has sent before it ended is delivered before its end.
#pragma once

#include <cstdint>

#include "transport/tcp/tcp_connections.hpp"
#include "transport/tcp/tcp_sender.hpp"
#include "transport/transport.hpp"

namespace kera {

class TcpReceiver {
  public:
    TcpReceiver(const TcpOptions& options, TcpConnections& connections, TcpSender& sender)
        : options_(options), connections_(connections), sender_(sender) {}
    TcpReceiver(const TcpReceiver&) = delete;
    TcpReceiver& operator=(const TcpReceiver&) = delete;

    // So few connections are active that reading them directly is cheaper than asking epoll.
    bool reads_directly() const {
        return !connections_.active().empty() && connections_.active().size() <= kDirectReadsMax;
    }

    // Reads all active connections; returns the number of messages that were delivered.
    int poll(TransportHandler& handler, int message_budget, std::int64_t now_ns);

    // Something can be read or delivered without waiting for an event.
    bool has_work() const;
    // When poll() must be called again because memory ran out; else kNoDeadline.
    std::int64_t retry_ns() const { return retry_ns_; }

  private:
    static constexpr std::size_t kDirectReadsMax = 4;

    int read_connection(TcpConnection& connection, TransportHandler& handler, int message_budget);
    int deliver_frames(TcpConnection& connection, TransportHandler& handler, int message_budget);
    bool receive(TcpConnection& connection);
    void discard_input(TcpConnection& connection);

    const TcpOptions& options_;
    TcpConnections& connections_;
    TcpSender& sender_;
    std::int64_t now_ns_ = 0;
    std::int64_t retry_ns_ = kNoDeadline;
};

}  // namespace kera
