// The unix socket of a shared-memory connection: handshake, descriptors, wake-ups, and the end of
// the other process. Any thread; the caller owns the descriptors. Every call returns at once,
// whatever the peer does to its own end: a descriptor shared with it is never waited for.
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

// A file left behind by a dead process is replaced; a living one's is an error. Only our own user
// and root may connect, whatever the umask and the folder allow.
Result<FileDescriptor> open_shm_listener(const std::string& path);
Result<FileDescriptor> connect_shm(const std::string& path);

struct ShmPeer {
    std::int64_t pid = -1;
    std::int64_t uid = -1;
};
// As it was when it connected, or when it began to listen.
ShmPeer shm_peer(int socket);

// What a client is told: the socket's path, and with `?uid=998` behind it the user whose node it
// is.
struct ShmAddress {
    std::string path;
    std::optional<std::int64_t> owner;
};
Result<ShmAddress> parse_shm_address(std::string_view text);

// Whoever may create a file where a node's socket belongs could pose as the node: a client talks
// only to its own user, to root, and to the user that it was told.
Result<void> check_shm_owner(const ShmPeer& node, std::int64_t own_uid,
                             std::optional<std::int64_t> named);

// False when the peer is gone or its socket is full.
bool send_shm(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors);

struct ShmDatagram {
    enum class Kind : std::uint8_t { nothing, bytes, end };
    Kind kind = Kind::nothing;
    std::size_t size = 0;
    std::vector<FileDescriptor> descriptors;
    bool cut = false;  // it, or its descriptors, did not fit
};
// Descriptors are taken only if `descriptors_max` > 0; else the system drops what a peer attaches.
ShmDatagram receive_shm(int socket, std::span<std::byte> into, std::size_t descriptors_max);

inline constexpr std::size_t kShmWakeBytes = 1;
void wake_shm(int socket);

}  // namespace kera
