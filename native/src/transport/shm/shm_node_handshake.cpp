#include "transport/shm/shm_node_handshake.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "transport/shm/shm_socket.hpp"

namespace kera {

void ShmNodeHandshake::on_readable(ShmConnection& connection) {
    const Result<bool> welcomed = receive_hello(connection);
    if (!welcomed.ok()) {
        refuse(connection, welcomed.error());
    } else if (*welcomed) {
        connections_.establish(connection);
    }
}

Result<bool> ShmNodeHandshake::receive_hello(ShmConnection& connection) {
    std::array<std::byte, kShmHelloBytes + 1> bytes;
    const ShmDatagram datagram = receive_shm(connection.socket.get(), bytes, 0);
    if (datagram.kind == ShmDatagram::Kind::nothing) {
        return false;
    }
    if (datagram.kind == ShmDatagram::Kind::end) {
        return fail(ErrorCode::disconnected, "peer closed in handshake");
    }
    KERA_TRY_ASSIGN(const ShmHello hello, parse_shm_hello(std::span(bytes).first(datagram.size)));
    const auto user = static_cast<std::int64_t>(::geteuid());
    if (connection.peer.uid != user && connection.peer.uid != 0) {
        return fail(ErrorCode::unauthorized, "uid", user, connection.peer.uid);
    }
    KERA_TRY(grant_channel(connection, hello));
    return true;
}

Result<void> ShmNodeHandshake::grant_channel(ShmConnection& connection, const ShmHello& hello) {
    ShmWelcome welcome;
    welcome.ring_bytes = hello.ring_bytes;
    welcome.send_bytes = std::min(hello.send_bytes, options_.send_bytes_max);
    const ShmLayout down{hello.ring_bytes, 0};
    const ShmLayout up{hello.ring_bytes, welcome.send_bytes};
    KERA_TRY(connections_.grant_shared_bytes(connection, down.memory_bytes() + up.memory_bytes()));
    KERA_TRY_ASSIGN(SharedMemory own,
                    SharedMemory::create(down.memory_bytes(), ShmWriter::creator));
    KERA_TRY_ASSIGN(SharedMemory peer, SharedMemory::create(up.memory_bytes(), ShmWriter::peer));
    const std::array descriptors{own.fd(), peer.fd()};
    if (!send_shm(connection.socket.get(), encode(welcome), descriptors)) {
        return fail(ErrorCode::disconnected, "handshake_errno", 0, errno);
    }
    own.close_fd();
    peer.close_fd();
    ShmRegions readable{};
    readable[kShmSendRegion] = {peer.base() + up.send_at(), welcome.send_bytes};
    connection.channel =
        std::make_shared<ShmChannel>(std::move(own), std::move(peer), hello.ring_bytes,
                                     ShmRegions{}, readable, options_.lease_bytes_max);
    return {};
}

void ShmNodeHandshake::refuse(ShmConnection& connection, const Error& why) {
    if (const auto held_back = refused_line_.pass(connections_.now_ns())) {
        log(LogLevel::warn, "handshake_refused",
            {{"pid", connection.peer.pid}, {"why", why}, {"before", *held_back}});
    }
    ShmWelcome refusal;
    refusal.code = why.code;
    refusal.limit = why.limit;
    refusal.value = why.value;
    static_cast<void>(send_shm(connection.socket.get(), encode(refusal), {}));
    connections_.kill(connection, why);
}

}  // namespace kera
