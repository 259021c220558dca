// Set-up of TCP sockets: everything about addresses and options, nothing about messages.
// Any thread; the caller owns the descriptors. Every socket is non-blocking and close-on-exec.
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

// Names are resolved by the system's resolver, which may block.
Result<TcpListener> open_tcp_listener(const HostPort& address, bool reuse_port);

// The connection may still be under way; connect_result() tells once the socket is writable.
Result<FileDescriptor> begin_tcp_connect(const HostPort& address);

// 0, or the errno with which connecting ended.
int connect_result(int socket);

// No delay, and keep-alive that finds a vanished peer within a minute.
void set_tcp_connection_options(int socket);

std::string tcp_peer_text(int socket);

}  // namespace kera
