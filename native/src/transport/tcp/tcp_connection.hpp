// What a TcpTransport knows of one connection. Thread: the transport's; owned by TcpConnections.
// Life: connecting -> open -> flushing (close() was called; what was taken is still sent) ->
// lingering (we have ended; the peer's bytes are discarded, so that it can read what we sent last)
// -> dead.
#pragma once

#include <cstdint>
#include <utility>

#include "base/error.hpp"
#include "base/file_descriptor.hpp"
#include "transport/endpoint.hpp"
#include "transport/send_queue.hpp"
#include "transport/tcp/frame_assembler.hpp"
#include "transport/transport.hpp"

namespace kera {

enum class TcpState : std::uint8_t { connecting, open, flushing, lingering, dead };

struct TcpConnection {
    TcpConnection(EndpointId its_id, FileDescriptor its_socket, TcpState its_state,
                  MessageBufferPool& pool, std::uint64_t send_queue_bytes_max)
        : id(its_id),
          socket(std::move(its_socket)),
          state(its_state),
          assembler(pool, kFrameBytesBeforeHello),
          queue(pool, send_queue_bytes_max) {}

    EndpointId id;
    FileDescriptor socket;
    TcpState state;
    bool readable = false;         // the socket may have bytes for us
    bool undelivered = false;      // whole frames wait for the handler
    bool blocked = false;          // a send got `again`: on_writable() is due when there is room
    bool active = false;           // in the list of what is read
    bool unflushed = false;        // in the list of what flush() sends
    std::uint32_t idle_polls = 0;  // polls since it last had bytes
    std::int64_t deadline_ns = kNoDeadline;        // of the state it is in
    std::int64_t frame_deadline_ns = kNoDeadline;  // of the frame that has begun
    Error why;                                     // it is being closed
    FrameAssembler assembler;
    SendQueue queue;
};

}  // namespace kera
