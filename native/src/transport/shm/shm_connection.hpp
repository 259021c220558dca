// What a ShmTransport knows of one connection. Thread: the transport's; owned by ShmConnections.
// Life: awaiting_hello (at a node) or awaiting_welcome (at a client) -> open -> closing (close()
// was called; the peer reads what it was sent) -> dead.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "base/error.hpp"
#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "transport/channel/reassembly.hpp"
#include "transport/channel/shm_channel.hpp"
#include "transport/endpoint.hpp"
#include "transport/message_buffer.hpp"
#include "transport/send_queue.hpp"
#include "transport/transport.hpp"

namespace kera {

enum class ShmState : std::uint8_t { awaiting_hello, awaiting_welcome, open, closing, dead };

struct ShmConnection {
    ShmConnection(EndpointId its_id, FileDescriptor its_socket, ShmState its_state,
                  MessageBufferPool& pool)
        : id(its_id),
          socket(std::move(its_socket)),
          state(its_state),
          long_message(pool, 0),
          reassembly(pool) {}

    bool established() const { return state == ShmState::open || state == ShmState::closing; }

    // Reads the socket of an established connection: wake-ups, the peer's end and, at a client, the
    // regions of its node.
    Result<void> receive_datagrams(int datagrams_max);

    EndpointId id;
    FileDescriptor socket;
    ShmState state;
    PeerInfo peer;
    bool trusted = false;     // allow_large_frames() was called
    bool blocked = false;     // a send got `again`: on_writable() is due when there is room
    bool peer_ended = false;  // its socket is shut; what it published before is still delivered
    bool end_sent = false;    // ours is shut
    bool long_message_begun = false;  // a part of long_message is in the ring
    bool keeps_send_memory = true;
    std::uint32_t frame_bytes_max = kFrameBytesBeforeHello;
    std::int64_t deadline_ns = kNoDeadline;        // of the state it is in
    std::int64_t frame_deadline_ns = kNoDeadline;  // of the frame that has begun
    std::uint64_t shared_bytes = 0;                // granted to a client
    Error why;                                     // it is being closed
    std::shared_ptr<ShmChannel> channel;           // while established
    SendQueue long_message;                        // what is left of one too long for a record
    Reassembly reassembly;
};

}  // namespace kera
