#include "transport/shm/shm_client_handshake.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "transport/channel/shm_handshake.hpp"
#include "transport/shm/shm_socket.hpp"

namespace kera {

namespace {

Result<void> map_channel(ShmConnection& connection, const ShmWelcome& welcome,
                         std::vector<FileDescriptor> descriptors) {
    if (descriptors.size() != kShmMemories) {
        return fail(ErrorCode::malformed, "handshake_descriptors", kShmMemories,
                    static_cast<std::int64_t>(descriptors.size()));
    }
    const ShmLayout down{welcome.ring_bytes, 0};
    const ShmLayout up{welcome.ring_bytes, welcome.send_bytes};
    KERA_TRY_ASSIGN(SharedMemory peer,
                    SharedMemory::map(std::move(descriptors[0]), 0, down.memory_bytes(), false));
    KERA_TRY_ASSIGN(SharedMemory own,
                    SharedMemory::map(std::move(descriptors[1]), 0, up.memory_bytes(), true));
    peer.close_fd();
    own.close_fd();
    ShmRegions lendable{};
    lendable[kShmSendRegion] = {own.base() + up.send_at(), welcome.send_bytes};
    connection.channel =
        std::make_shared<ShmChannel>(std::move(own), std::move(peer), welcome.ring_bytes, lendable,
                                     ShmRegions{}, ~std::uint64_t{0});
    return {};
}

}  // namespace

Result<FileDescriptor> ShmClientHandshake::begin(std::string_view address_text) const {
    KERA_TRY_ASSIGN(const ShmAddress address, parse_shm_address(address_text));
    KERA_TRY_ASSIGN(FileDescriptor socket, connect_shm(address.path));
    KERA_TRY(check_shm_owner(shm_peer(socket.get()), ::geteuid(), address.owner));
    if (!send_shm(socket.get(), encode(ShmHello{options_.ring_bytes, options_.send_bytes}), {})) {
        return fail(ErrorCode::disconnected, "handshake_errno", 0, errno);
    }
    return socket;
}

void ShmClientHandshake::on_readable(ShmConnection& connection) {
    const Result<bool> welcomed = receive_welcome(connection);
    if (!welcomed.ok()) {
        connections_.kill(connection, welcomed.error());
    } else if (*welcomed) {
        connections_.establish(connection);
    }
}

Result<bool> ShmClientHandshake::receive_welcome(ShmConnection& connection) {
    std::array<std::byte, kShmWelcomeBytes + 1> bytes;
    ShmDatagram datagram = receive_shm(connection.socket.get(), bytes, kShmDescriptorsMax);
    if (datagram.kind == ShmDatagram::Kind::nothing) {
        return false;
    }
    if (datagram.kind == ShmDatagram::Kind::end) {
        return fail(ErrorCode::disconnected, "peer closed in handshake");
    }
    KERA_TRY_ASSIGN(const ShmWelcome welcome,
                    parse_shm_welcome(std::span(bytes).first(datagram.size)));
    if (welcome.code != ErrorCode::ok) {
        return fail(welcome.code, "refused by node", welcome.limit, welcome.value);
    }
    KERA_TRY(map_channel(connection, welcome, std::move(datagram.descriptors)));
    return true;
}

}  // namespace kera
