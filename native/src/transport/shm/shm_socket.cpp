#include "transport/shm/shm_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/descriptor_message.hpp"

namespace kera {

namespace {

constexpr int kShmListenBacklog = 256;

Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path)) {
        return fail(ErrorCode::invalid_argument, "socket_path_bytes", sizeof(address.sun_path) - 1,
                    static_cast<std::int64_t>(path.size()));
    }
    path.copy(address.sun_path, path.size());
    return address;
}

Result<FileDescriptor> open_socket() {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.open()) {
        return fail(ErrorCode::limit_exceeded, "socket_errno", 0, errno);
    }
    return socket;
}

int try_connect(int socket, const sockaddr_un& address) {
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    return ::connect(socket, generic, sizeof(address)) == 0 ? 0 : errno;
}

int try_bind(int socket, const sockaddr_un& address) {
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    return ::bind(socket, generic, sizeof(address)) == 0 ? 0 : errno;
}

}  // namespace

Result<FileDescriptor> open_shm_listener(const std::string& path) {
    KERA_TRY_ASSIGN(const sockaddr_un address, address_of(path));
    KERA_TRY_ASSIGN(FileDescriptor socket, open_socket());
    // Before bind(), so that the file has this mode from its first moment.
    if (::fchmod(socket.get(), S_IRUSR | S_IWUSR) != 0) {
        return fail(ErrorCode::invalid_argument, "fchmod_errno", 0, errno);
    }
    int problem = try_bind(socket.get(), address);
    if (problem == EADDRINUSE) {
        struct stat status{};
        const bool is_socket = ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
        KERA_TRY_ASSIGN(const FileDescriptor probe, open_socket());
        if (is_socket && try_connect(probe.get(), address) == ECONNREFUSED &&
            ::unlink(path.c_str()) == 0) {
            problem = try_bind(socket.get(), address);
        }
    }
    if (problem != 0) {
        return fail(ErrorCode::invalid_argument, "bind_errno", 0, problem);
    }
    if (::listen(socket.get(), kShmListenBacklog) != 0) {
        return fail(ErrorCode::invalid_argument, "listen_errno", 0, errno);
    }
    return socket;
}

Result<FileDescriptor> connect_shm(const std::string& path) {
    KERA_TRY_ASSIGN(const sockaddr_un address, address_of(path));
    KERA_TRY_ASSIGN(FileDescriptor socket, open_socket());
    const int problem = try_connect(socket.get(), address);
    if (problem != 0) {
        return fail(ErrorCode::disconnected, "connect_errno", 0, problem);
    }
    return socket;
}

ShmPeer shm_peer(int socket) {
    ucred credentials{};
    socklen_t bytes = sizeof(credentials);
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes) != 0) {
        return {};
    }
    return {credentials.pid, static_cast<std::int64_t>(credentials.uid)};
}

Result<ShmAddress> parse_shm_address(std::string_view text) {
    constexpr std::string_view kOwner = "?uid=";
    const std::size_t at = text.rfind(kOwner);
    if (at == std::string_view::npos) {
        return ShmAddress{std::string(text), std::nullopt};
    }
    const std::string_view digits = text.substr(at + kOwner.size());
    std::uint32_t owner = 0;
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), owner);
    if (problem != std::errc() || end != digits.data() + digits.size()) {
        return fail(ErrorCode::invalid_argument, "uid of a node is not a number, as in ?uid=998");
    }
    return ShmAddress{std::string(text.substr(0, at)), owner};
}

Result<void> check_shm_owner(const ShmPeer& node, std::int64_t own_uid,
                             std::optional<std::int64_t> named) {
    const bool trusted = node.uid == own_uid || node.uid == 0 || (named && node.uid == *named);
    if (node.uid < 0 || !trusted) {
        return fail(ErrorCode::unauthorized,
                    "node_uid (the socket is another user's; ?uid=NUMBER behind it trusts it)",
                    named.value_or(own_uid), node.uid);
    }
    return {};
}

bool send_shm(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors) {
    return send_message(socket, bytes, descriptors, MSG_DONTWAIT) ==
           static_cast<ssize_t>(bytes.size());
}

ShmDatagram receive_shm(int socket, std::span<std::byte> into, std::size_t descriptors_max) {
    ReceivedMessage received = receive_message(socket, into, descriptors_max, MSG_DONTWAIT);
    ShmDatagram datagram;
    if (received.bytes < 0) {
        const bool later = errno == EAGAIN || errno == EINTR;
        datagram.kind = later ? ShmDatagram::Kind::nothing : ShmDatagram::Kind::end;
        return datagram;
    }
    datagram.kind = received.bytes == 0 ? ShmDatagram::Kind::end : ShmDatagram::Kind::bytes;
    datagram.size = static_cast<std::size_t>(received.bytes);
    datagram.descriptors = std::move(received.descriptors);
    datagram.cut = received.cut;
    return datagram;
}

void wake_shm(int socket) {
    const std::array<std::byte, kShmWakeBytes> wake{std::byte{1}};
    // It may fail: the other end of a full socket is readable already, and a dead one has ended.
    static_cast<void>(::send(socket, wake.data(), wake.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

}  // namespace kera
