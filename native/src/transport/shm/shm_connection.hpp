// What a ShmTransport knows of one connection. Thread: the transport's; owned by its transport.
// Life: greeting (a node waits for a client's hello) or connecting (a client waits for the welcome)
// -> open -> closing (close() was called; the peer reads on) -> dead.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "base/error.hpp"
#include "base/file_descriptor.hpp"
#include "transport/endpoint.hpp"
#include "transport/message_buffer.hpp"
#include "transport/send_queue.hpp"
#include "transport/shm/reassembly.hpp"
#include "transport/shm/shm_channel.hpp"
#include "transport/transport.hpp"

namespace kera {

enum class ShmState : std::uint8_t { greeting, connecting, open, closing, dead };

struct ShmConnection {
    ShmConnection(EndpointId its_id, FileDescriptor its_socket, MessageBufferPool& pool)
        : id(its_id), socket(std::move(its_socket)), cut_message(pool, 0), reassembly(pool) {}

    bool established() const { return state == ShmState::open || state == ShmState::closing; }

    EndpointId id;
    FileDescriptor socket;
    ShmState state = ShmState::greeting;
    PeerInfo peer;
    bool stranger = true;     // until allow_large_frames
    bool blocked = false;     // a send got `again`
    bool peer_ended = false;  // its socket is shut: what it published before is still delivered
    bool end_sent = false;    // ours is
    bool cut_begun = false;   // a part of cut_message is in the ring
    bool keeps_send_memory = true;
    std::uint32_t frame_bytes_max = kFrameBytesBeforeHello;
    std::int64_t deadline_ns = kNoDeadline;        // of the state it is in
    std::int64_t frame_deadline_ns = kNoDeadline;  // of the frame that has begun
    std::uint64_t shared_bytes = 0;                // granted to a client
    Error why;                                     // it is being closed
    std::shared_ptr<ShmChannel> channel;           // while established
    SendQueue cut_message;                         // too long for one record: what is left of it
    Reassembly reassembly;
};

}  // namespace kera
