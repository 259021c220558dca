#include "transport/tcp/tcp_socket.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>

namespace kera {

namespace {

constexpr int kTcpListenBacklog = 1024;

struct AddressesDeleter {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesDeleter>;

Result<Addresses> resolve(const HostPort& address, bool passive) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0);
    addrinfo* found = nullptr;
    const std::string port = std::to_string(address.port);
    const int problem = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
    if (problem != 0 || found == nullptr) {
        return fail(ErrorCode::invalid_argument, "host_unknown_getaddrinfo", 0, problem);
    }
    return Addresses(found);
}

FileDescriptor open_socket(const addrinfo& address) {
    return FileDescriptor(
        ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
}

void set_option(int socket, int level, int option, int value) {
    // Without an option that the system does not have, all still works, only less well.
    static_cast<void>(::setsockopt(socket, level, option, &value, sizeof(value)));
}

HostPort host_port_of(const sockaddr_storage& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        return {text.data(), ntohs(v4.sin_port)};
    }
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return {text.data(), ntohs(v6.sin6_port)};
}

}  // namespace

Result<TcpListener> open_tcp_listener(const HostPort& address, bool reuse_port) {
    KERA_TRY_ASSIGN(const Addresses found, resolve(address, true));
    FileDescriptor socket = open_socket(*found);
    if (!socket.open()) {
        return fail(ErrorCode::internal, "socket_errno", 0, errno);
    }
    set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (reuse_port) {
        set_option(socket.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    }
    if (::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0) {
        return fail(ErrorCode::invalid_argument, "bind_errno", 0, errno);
    }
    if (::listen(socket.get(), kTcpListenBacklog) != 0) {
        return fail(ErrorCode::invalid_argument, "listen_errno", 0, errno);
    }
    sockaddr_storage bound{};
    socklen_t bytes = sizeof(bound);
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &bytes) != 0) {
        return fail(ErrorCode::internal, "getsockname_errno", 0, errno);
    }
    return TcpListener{std::move(socket), host_port_of(bound)};
}

Result<FileDescriptor> begin_tcp_connect(const HostPort& address) {
    KERA_TRY_ASSIGN(const Addresses found, resolve(address, false));
    FileDescriptor socket = open_socket(*found);
    if (!socket.open()) {
        return fail(ErrorCode::internal, "socket_errno", 0, errno);
    }
    set_tcp_connection_options(socket.get());
    if (::connect(socket.get(), found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) {
        return fail(ErrorCode::disconnected, "connect_errno", 0, errno);
    }
    return socket;
}

int connect_result(int socket) {
    int problem = 0;
    socklen_t bytes = sizeof(problem);
    if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &problem, &bytes) != 0) {
        return errno;
    }
    return problem;
}

void set_tcp_connection_options(int socket) {
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 30);
    set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 60'000);
}

std::string tcp_peer_text(int socket) {
    sockaddr_storage peer{};
    socklen_t bytes = sizeof(peer);
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &bytes) != 0) {
        return "unknown";
    }
    return host_port_text(host_port_of(peer));
}

}  // namespace kera
