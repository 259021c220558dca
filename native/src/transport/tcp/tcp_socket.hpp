// Opening TCP sockets: addresses and options, nothing about messages. Any thread; the caller owns
// the descriptors. Invariant: every socket is non-blocking and close-on-exec.
#pragma once

#include <string>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "transport/uri.hpp"

namespace kera {

struct TcpListener {
    FileDescriptor socket;
    HostPort bound;
};

// The system resolves the host's name. This may block.
Result<TcpListener> open_tcp_listener(const HostPort& address, bool reuse_port);

// The connection may not be there yet: ask connect_result() once the socket is writable.
Result<FileDescriptor> begin_tcp_connect(const HostPort& address);

// 0: it is connected; otherwise the errno with which connecting failed.
int connect_result(int socket);

// No delay, and keep-alive, which notices within a minute that a peer has vanished.
void set_tcp_connection_options(int socket);

std::string tcp_peer_text(int socket);

}  // namespace kera
