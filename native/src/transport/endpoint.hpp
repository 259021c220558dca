// Names a connection, its peer, and what a transport can do. Plain values, any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.hpp"

namespace kera {

// Names one connection. Its transport never uses it again, so a late event never meets a newer
// connection.
using EndpointId = StrongId<struct EndpointIdTag, std::int64_t>;

struct PeerInfo {
    std::string address;    // for people
    bool accepted = false;  // the peer connected to us
    std::int64_t pid = -1;  // shm: as the kernel reports it; -1 elsewhere
    std::int64_t uid = -1;
};

struct Capabilities {
    std::uint32_t message_bytes_max = 0;
    std::uint32_t segments_max = 0;       // spans in one body
    bool zero_copy_send = false;          // bodies in registered memory are not copied
    bool zero_copy_receive = false;       // fragments lie where the peer or the device wrote them
    bool unstable_receive = false;        // see Inbound::unstable
    bool fragments_split_chunks = false;  // packets: a chunk may continue in the next fragment
};

}  // namespace kera
