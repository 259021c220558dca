// How a ShmTransport is opened, and how it gets its connections.
#include <unistd.h>

#include "base/log.hpp"
#include "transport/shm/shm_socket.hpp"
#include "transport/shm/shm_transport.hpp"

namespace kera {

Result<std::unique_ptr<ShmTransport>> ShmTransport::open(const ShmOptions& options,
                                                         const Clock& clock) {
    KERA_TRY_ASSIGN(EpollSet epoll, EpollSet::open());
    return std::unique_ptr<ShmTransport>(new ShmTransport(options, clock, std::move(epoll)));
}

ShmTransport::ShmTransport(const ShmOptions& options, const Clock& clock, EpollSet epoll)
    : options_(options),
      epoll_(std::move(epoll)),
      listeners_(epoll_),
      connections_(options_, clock, epoll_),
      node_handshake_(options_, connections_),
      client_handshake_(options_, connections_),
      sender_(options_, connections_, polling_),
      receiver_(options_, clock, connections_) {
    capabilities_.message_bytes_max = options.message_bytes_max;
    capabilities_.segments_max = kShmReferencesMax;
    capabilities_.zero_copy_send = true;
    capabilities_.zero_copy_receive = true;
    capabilities_.unstable_receive = true;
}

ShmTransport::~ShmTransport() {
    for (const std::string& path : socket_paths_) {
        ::unlink(path.c_str());
    }
}

Result<void> ShmTransport::register_memory(const MemoryRegion& region) {
    return regions_.add(region);
}

Result<Uri> ShmTransport::listen(const Uri& uri) {
    if (uri.scheme != "shm") {
        return fail(ErrorCode::unsupported, "scheme, other than shm");
    }
    KERA_TRY_ASSIGN(FileDescriptor socket, open_shm_listener(uri.address));
    socket_paths_.push_back(uri.address);
    KERA_TRY(listeners_.add(std::move(socket)));
    return uri;
}

Result<EndpointId> ShmTransport::connect(const Uri& uri) {
    if (uri.scheme != "shm") {
        return fail(ErrorCode::unsupported, "scheme, other than shm");
    }
    KERA_TRY_ASSIGN(FileDescriptor socket, client_handshake_.begin(uri.address));
    KERA_TRY_ASSIGN(ShmConnection * connection,
                    connections_.add(std::move(socket), ShmState::awaiting_welcome));
    connection->peer.address = uri.address;
    return connection->id;
}

void ShmTransport::accept(FileDescriptor socket) {
    const ShmPeer peer = shm_peer(socket.get());
    const auto added = connections_.add(std::move(socket), ShmState::awaiting_hello);
    if (!added.ok()) {
        if (const auto held_back = refused_line_.pass(connections_.now_ns())) {
            log(LogLevel::warn, "connection_refused",
                {{"pid", peer.pid}, {"why", added.error()}, {"before", *held_back}});
        }
        return;
    }
    (*added)->peer = {.address = "pid " + std::to_string(peer.pid),
                      .accepted = true,
                      .pid = peer.pid,
                      .uid = peer.uid};
}

}  // namespace kera
