// Bytes over a unix socket, with descriptors beside them. Any thread; the caller owns the socket.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <cstddef>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/file_descriptor.hpp"

namespace kera {

inline constexpr std::size_t kMessageDescriptorsMax = 8;

// Returns how many bytes were sent, or -1 and `errno`. `to` is for sockets without a connection.
// Never raises SIGPIPE.
ssize_t send_message(int socket, Bytes bytes, std::span<const int> descriptors, int flags = 0,
                     const sockaddr_un* to = nullptr, socklen_t to_bytes = 0);

struct ReceivedMessage {
    // -1 with `errno`; 0 at the end of the connection.
    ssize_t bytes = 0;
    std::vector<FileDescriptor> descriptors;
    // Its bytes or its descriptors did not fit.
    bool cut = false;
};
// Without `descriptors_max` the system drops descriptors that a peer attaches.
ReceivedMessage receive_message(int socket, MutableBytes into, std::size_t descriptors_max,
                                int flags = 0);

}  // namespace kera
