// Carries messages between a node and its peers; one message is one frame (wire/frame/frame.hpp).
// Thread: a transport belongs to one thread; wake() to any. Owns its connections; an Inbound owns
// what was received; what is sent stays the caller's, unchanged until its token is released.
// Invariants: frames of one connection arrive whole, in order, once, or the connection is lost; a
// transport reads the length of a frame and nothing else in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "base/error.hpp"
#include "base/result.hpp"
#include "transport/endpoint.hpp"
#include "transport/inbound.hpp"
#include "transport/one_sided.hpp"
#include "transport/uri.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

// Bytes to send. Bytes in a registered region may be sent without a copy.
struct IoSpan {
    const std::byte* data = nullptr;
    std::uint32_t bytes = 0;
};

// There is no deadline; see next_deadline_ns().
inline constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();

// Chosen by the sender; comes back when nothing refers to the memory of the body any more.
using Token = std::uint64_t;
inline constexpr Token kNoToken = 0;

enum class SendOutcome : std::uint8_t {
    sent,   // the whole message was taken
    again,  // nothing was taken: back-pressure; on_writable() follows
    gone,   // nothing was taken: the connection has ended
};

// Memory from which bodies are sent, and which peers may be allowed to read: the node's arena.
struct MemoryRegion {
    const std::byte* base = nullptr;
    std::uint64_t bytes = 0;
    int fd = -1;                  // its memfd, sealed against shrinking; -1: it cannot be shared
    std::uint64_t fd_offset = 0;  // of `base` in the memfd; peers may read the pages of the region
};

// What a transport reports to its owner, inside poll(). Handlers may send, close and connect; they
// never poll.
class TransportHandler {
  public:
    virtual ~TransportHandler() = default;

    virtual void on_connected(EndpointId endpoint, const PeerInfo& peer) = 0;

    // The last event of a connection, except for on_released(). Also follows close() and a connect
    // that failed.
    virtual void on_disconnected(EndpointId endpoint, const Error& why) = 0;

    virtual void on_message(EndpointId endpoint, Inbound&& message) = 0;

    // Once for each token that was sent, also when the connection dies: then it may come after
    // on_disconnected().
    virtual void on_released(EndpointId endpoint, Token token) = 0;

    // There is room again, after a send that returned `again`.
    virtual void on_writable(EndpointId endpoint) = 0;

    // The peer broke the framing, and is disconnected when this returns. The handler may send it a
    // last answer that gives the reason.
    virtual void on_violation(EndpointId endpoint, const Error& what) {
        static_cast<void>(endpoint);
        static_cast<void>(what);
    }
};

class Transport {
  public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    virtual const Capabilities& capabilities() const = 0;

    // REQUIRES: called before listen() and connect(); the region outlives the transport.
    virtual Result<void> register_memory(const MemoryRegion& region) = 0;

    // Returns the bound address, with the port that the system chose if none was given.
    virtual Result<Uri> listen(const Uri& uri) = 0;

    // Begins to connect. on_connected() or on_disconnected() follows.
    virtual Result<EndpointId> connect(const Uri& uri) = 0;

    // Takes a whole message or nothing. On return `frame_head` belongs to the caller again. So does
    // the body when there is no token; otherwise it stays unchanged until on_released(token).
    // REQUIRES: the length in the frame header is frame_head + body; frame_head and each span are
    // multiples of 8 bytes; a chunk lies within one span.
    virtual SendOutcome send(EndpointId endpoint, std::span<const std::byte> frame_head,
                             std::span<const IoSpan> body, Token token) = 0;

    // What was taken is still sent if the peer reads it. Nothing more is received.
    // on_disconnected(why) follows.
    virtual void close(EndpointId endpoint, const Error& why) = 0;

    // The peer has proven who it is: frames of up to `frame_bytes_max` are accepted from it.
    // Before, none larger than kFrameBytesBeforeHello is.
    virtual void allow_large_frames(EndpointId endpoint, std::uint32_t frame_bytes_max) = 0;

    // Memory that the peer sees as well: a body that is built here is sent without a copy. Empty
    // where there is none. It stays mapped until drop_send_memory(), also when the connection has
    // died: what was built there and is not answered yet is sent again over the next connection.
    virtual std::span<std::byte> send_memory(EndpointId endpoint) {
        static_cast<void>(endpoint);
        return {};
    }

    // The caller does not use the send memory of this connection any more.
    virtual void drop_send_memory(EndpointId endpoint) { static_cast<void>(endpoint); }

    // One-sided access to the peer's memory; null where the network has none.
    virtual OneSided* one_sided() { return nullptr; }

    // Sends and receives what it can, and calls the handler: on_message() at most `message_budget`
    // times. Returns how much was done; 0: nothing.
    virtual int poll(TransportHandler& handler, int message_budget) = 0;

    // Sends messages that were kept back so that several leave together. The owner calls it when it
    // has nothing more to send for now.
    virtual void flush() {}

    // When poll() must be called even if nothing arrives; kNoDeadline: never.
    virtual std::int64_t next_deadline_ns() const = 0;

    // Call it before sleeping. True: park_fd() becomes readable when there is work. False: there is
    // work already, so poll() again instead. The next poll() ends this.
    virtual bool prepare_park() = 0;

    // Valid for the transport's life. -1 in a simulation, where the caller moves time.
    virtual int park_fd() const = 0;

    // Makes park_fd() readable. Any thread.
    virtual void wake() = 0;
};

}  // namespace kera
