#include "transport/shm/shm_connection.hpp"

#include <array>

#include "transport/channel/shm_handshake.hpp"
#include "transport/shm/shm_socket.hpp"

namespace kera {

Result<void> ShmConnection::receive_datagrams(int datagrams_max) {
    std::array<std::byte, kShmRegionTableBytes + 1> bytes;
    const std::size_t descriptors_max = peer.accepted ? 0 : kShmDescriptorsMax;
    for (int count = 0; count < datagrams_max; ++count) {
        ShmDatagram datagram = receive_shm(socket.get(), bytes, descriptors_max);
        if (datagram.kind == ShmDatagram::Kind::end) {
            peer_ended = true;
        }
        if (datagram.kind != ShmDatagram::Kind::bytes) {
            return {};
        }
        if (datagram.size > kShmWakeBytes && !peer.accepted) {
            KERA_TRY_ASSIGN(const ShmRegionTable table,
                            parse_shm_region_table(std::span(bytes).first(datagram.size)));
            KERA_TRY(channel->map_regions(table, std::move(datagram.descriptors)));
        }
    }
    return {};
}

}  // namespace kera
