// How a TcpTransport is opened, and how it gets its connections.
#include "base/log.hpp"
#include "transport/tcp/tcp_socket.hpp"
#include "transport/tcp/tcp_transport.hpp"

namespace kera {

Result<std::unique_ptr<TcpTransport>> TcpTransport::open(const TcpOptions& options,
                                                         const Clock& clock) {
    KERA_TRY_ASSIGN(EpollSet epoll, EpollSet::open());
    return std::unique_ptr<TcpTransport>(new TcpTransport(options, clock, std::move(epoll)));
}

TcpTransport::TcpTransport(const TcpOptions& options, const Clock& clock, EpollSet epoll)
    : options_(options),
      clock_(clock),
      epoll_(std::move(epoll)),
      listeners_(epoll_),
      connections_(options_, epoll_),
      sender_(options_, clock_, connections_, polling_),
      receiver_(options_, connections_, sender_),
      now_ns_(clock.now_ns()) {
    capabilities_.message_bytes_max = options.message_bytes_max;
    capabilities_.segments_max = kTcpSegmentsMax;
}

Result<void> TcpTransport::register_memory(const MemoryRegion& /*region*/) {
    return {};  // the kernel copies from anywhere
}

Result<Uri> TcpTransport::listen(const Uri& uri) {
    if (uri.scheme != "tcp") {
        return fail(ErrorCode::unsupported, "scheme, other than tcp");
    }
    KERA_TRY_ASSIGN(const HostPort address, parse_host_port(uri.address));
    KERA_TRY_ASSIGN(TcpListener listener, open_tcp_listener(address, options_.reuse_port));
    KERA_TRY(listeners_.add(std::move(listener.socket)));
    return Uri{"tcp", host_port_text(listener.bound)};
}

Result<EndpointId> TcpTransport::connect(const Uri& uri) {
    if (uri.scheme != "tcp") {
        return fail(ErrorCode::unsupported, "scheme, other than tcp");
    }
    KERA_TRY_ASSIGN(const HostPort address, parse_host_port(uri.address));
    KERA_TRY_ASSIGN(FileDescriptor socket, begin_tcp_connect(address));
    KERA_TRY_ASSIGN(TcpConnection * connection,
                    connections_.add(std::move(socket), TcpState::connecting));
    connection->deadline_ns = clock_.now_ns() + options_.connect_deadline_ns;
    connections_.arm(connection->deadline_ns);
    return connection->id;
}

void TcpTransport::accept(FileDescriptor socket) {
    set_tcp_connection_options(socket.get());
    const std::string address = tcp_peer_text(socket.get());
    const auto added = connections_.add(std::move(socket), TcpState::open);
    if (!added.ok()) {
        if (const auto held_back = refused_line_.pass(now_ns_)) {
            log(LogLevel::warn, "connection_refused",
                {{"peer", address}, {"why", added.error()}, {"before", *held_back}});
        }
        return;
    }
    TcpConnection& connection = **added;
    connection.deadline_ns = now_ns_ + options_.hello_deadline_ns;
    connections_.arm(connection.deadline_ns);
    connections_.events().put_connected(connection.id,
                                        PeerInfo{.address = address, .accepted = true});
}

void TcpTransport::finish_connect(TcpConnection& connection) {
    const int problem = connect_result(connection.socket.get());
    if (problem != 0) {
        connections_.kill(connection, fail(ErrorCode::disconnected, "connect_errno", 0, problem));
        return;
    }
    connection.state = TcpState::open;
    connection.deadline_ns = kNoDeadline;
    connections_.events().put_connected(
        connection.id, PeerInfo{.address = tcp_peer_text(connection.socket.get())});
    if (connection.blocked) {
        connection.blocked = false;
        connections_.events().put_writable(connection.id);
    }
}

}  // namespace kera
