// The unix socket of a shared-memory connection. It carries the handshake, descriptors, wake-ups,
// and the end of the other process. Any thread; the caller owns the descriptors. Invariant: every
// call returns at once, whatever the peer does to its own end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"

namespace kera {

// Replaces a file that a dead process has left; fails when a living process listens there. Only our
// own user and root may connect, whatever the umask and the folder allow.
Result<FileDescriptor> open_shm_listener(const std::string& path);
Result<FileDescriptor> connect_shm(const std::string& path);

struct ShmPeer {
    std::int64_t pid = -1;
    std::int64_t uid = -1;
};
// The process at the other end, when it connected or began to listen.
ShmPeer shm_peer(int socket);

// Where a client connects: the socket's path and, with `?uid=998` behind it, the user whose node
// listens there.
struct ShmAddress {
    std::string path;
    std::optional<std::int64_t> owner;
};
Result<ShmAddress> parse_shm_address(std::string_view text);

// Whoever may create a file where a node's socket belongs could pretend to be the node. So a client
// talks only to its own user, to root, and to the user that its address names.
Result<void> check_shm_owner(const ShmPeer& node, std::int64_t own_uid,
                             std::optional<std::int64_t> named);

// False when the peer is gone or its socket is full.
bool send_shm(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors);

struct ShmDatagram {
    enum class Kind : std::uint8_t { nothing, bytes, end };
    Kind kind = Kind::nothing;
    std::size_t size = 0;
    std::vector<FileDescriptor> descriptors;
    bool cut = false;  // its bytes or its descriptors did not fit
};
// Without `descriptors_max` the system drops descriptors that a peer attaches.
ShmDatagram receive_shm(int socket, std::span<std::byte> into, std::size_t descriptors_max);

inline constexpr std::size_t kShmWakeBytes = 1;
void wake_shm(int socket);

}  // namespace kera
