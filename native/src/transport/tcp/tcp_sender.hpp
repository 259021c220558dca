// The sending half of a TcpTransport: messages go to the socket at once, or are gathered so that
// several leave in one system call. Thread: the transport's. Bodies with a token stay the sender's
// until the kernel has copied them. Invariants: frames of a connection leave in order; what a
// connection keeps unsent never exceeds its queue's limit and one message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "transport/tcp/tcp_connections.hpp"
#include "transport/transport.hpp"

namespace kera {

class TcpSender {
  public:
    // `polling`: the transport is inside poll(), so a flush follows.
    TcpSender(const TcpOptions& options, const Clock& clock, TcpConnections& connections,
              const bool& polling)
        : options_(options), clock_(clock), connections_(connections), polling_(polling) {}
    TcpSender(const TcpSender&) = delete;
    TcpSender& operator=(const TcpSender&) = delete;

    // See Transport::send().
    SendOutcome send(TcpConnection& connection, std::span<const std::byte> head,
                     std::span<const IoSpan> body, Token token);

    // Sends what is queued, as far as the socket takes it. May kill the connection.
    void flush(TcpConnection& connection);

    // Sends what was taken, then ends the connection. Does nothing when it is being closed already.
    void close(TcpConnection& connection, const Error& why);

    // Connections whose small messages have been gathered.
    std::size_t unflushed_count() const { return unflushed_.size(); }
    void flush_all();

    // No connection that is dead is used from here on.
    void forget_dead();

  private:
    SendOutcome send_now(TcpConnection& connection, std::span<const std::byte> head,
                         std::span<const IoSpan> body, Token token, std::uint64_t frame_bytes);
    SendOutcome enqueue(TcpConnection& connection, std::span<const std::byte> head,
                        std::span<const IoSpan> body, Token token, std::uint64_t skip_bytes);

    const TcpOptions& options_;
    const Clock& clock_;
    TcpConnections& connections_;
    const bool& polling_;
    std::vector<TcpConnection*> unflushed_;
    std::vector<Token> released_;  // reused by flush()
};

}  // namespace kera
