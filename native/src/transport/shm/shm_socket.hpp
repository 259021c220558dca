// The unix socket of a shared-memory connection: handshake, descriptors, wake-ups, and the end of
// the other process. Any thread; the caller owns the descriptors. Every call returns at once,
// whatever the peer does to its own end: a descriptor shared with it is never waited for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"

namespace kera {

// A file left behind by a dead process is replaced; a living one's is an error.
Result<FileDescriptor> open_shm_listener(const std::string& path);
Result<FileDescriptor> connect_shm(const std::string& path);

struct ShmPeer {
    std::int64_t pid = -1;
    std::int64_t uid = -1;
};
ShmPeer shm_peer(int socket);

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

void wake_shm(int socket);

}  // namespace kera
