// What a TcpTransport knows of one connection. Thread: the transport's; owned by its transport.
// Life: connecting -> open -> flushing (close() was called, what was taken is still sent) ->
// lingering (our end is shut, the peer's bytes are discarded so that it can read our last words) ->
// dead.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "base/file_descriptor.hpp"
#include "transport/endpoint.hpp"
#include "transport/send_queue.hpp"
#include "transport/tcp/frame_assembler.hpp"
#include "transport/tcp/tcp_options.hpp"
#include "transport/transport.hpp"

namespace kera {

enum class TcpState : std::uint8_t { connecting, open, flushing, lingering, dead };

struct TcpConnection {
    TcpConnection(EndpointId its_id, FileDescriptor its_socket, MessageBufferPool& pool,
                  const TcpOptions& options)
        : id(its_id),
          socket(std::move(its_socket)),
          assembler(pool, kFrameBytesBeforeHello),
          queue(pool, options.send_queue_bytes_max) {}

    EndpointId id;
    FileDescriptor socket;
    TcpState state = TcpState::connecting;
    bool accepted = false;
    bool stranger = true;                          // until allow_large_frames
    bool readable = false;                         // the socket may have bytes for us
    bool undelivered = false;                      // whole frames wait for the handler
    bool blocked = false;                          // a send got `again`
    bool dirty = false;                            // in the transport's list of what to flush
    bool active = false;                           // in the transport's list of what to read
    std::uint32_t idle_polls = 0;                  // polls since it last had bytes
    std::int64_t deadline_ns = kNoDeadline;        // of the state it is in
    std::int64_t frame_deadline_ns = kNoDeadline;  // of the frame that has begun
    Error why;                                     // it is being closed
    FrameAssembler assembler;
    SendQueue queue;
};

}  // namespace kera
