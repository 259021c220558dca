// Messages between a node and its peers, whatever carries them: shared memory, sockets, a
// simulation, later user-space datagrams and RDMA. One message is one frame (see
// wire/frame/frame.hpp). Thread: a transport belongs to one thread; only wake() may be called from
// another. Ownership: the transport owns its connections; what is sent stays the caller's, and
// stays untouched until its token is released; what is received belongs to the Inbound. Invariants:
// frames of one connection arrive whole, in order, once, or the connection is lost; nothing here
// looks into a frame beyond its length.
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

// Bytes to send. Within a registered region they may travel without a copy.
struct IoSpan {
    const std::byte* data = nullptr;
    std::uint32_t bytes = 0;
};

// Of next_deadline_ns().
inline constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();

// Chosen by the sender; tells when the memory of a sent body is no longer referenced by anything.
using Token = std::uint64_t;
inline constexpr Token kNoToken = 0;

enum class SendOutcome : std::uint8_t {
    sent,   // taken as a whole
    again,  // nothing was taken: back-pressure; on_writable() follows
    gone,   // nothing was taken: no such connection any more
};

// Memory from which bodies are sent and which peers may be allowed to read: the node's arena.
struct MemoryRegion {
    const std::byte* base = nullptr;
    std::uint64_t bytes = 0;
    int fd = -1;                  // memfd behind it, sealed against shrinking; -1: cannot be shared
    std::uint64_t fd_offset = 0;  // where `base` lies in it; its pages become readable to peers
};

// What a transport tells its owner, from within poll(). Handlers may send, close and connect, never
// poll.
class TransportHandler {
  public:
    virtual ~TransportHandler() = default;

    virtual void on_connected(EndpointId endpoint, const PeerInfo& peer) = 0;

    // The last event of a connection except for on_released; follows close() and failed connects
    // too.
    virtual void on_disconnected(EndpointId endpoint, const Error& why) = 0;

    virtual void on_message(EndpointId endpoint, Inbound&& message) = 0;

    // Once for each token sent, also when the connection dies; then possibly after on_disconnected.
    virtual void on_released(EndpointId endpoint, Token token) = 0;

    // After a send that returned `again`.
    virtual void on_writable(EndpointId endpoint) = 0;

    // The peer broke the framing and will be disconnected when this returns: the last chance to
    // send it an answer that says why.
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

    // The answer is the address bound, with the port that was chosen when none was given.
    virtual Result<Uri> listen(const Uri& uri) = 0;

    // Only begins: on_connected or on_disconnected follows.
    virtual Result<EndpointId> connect(const Uri& uri) = 0;

    // Takes a whole message or nothing. `frame_head` is free again on return. With a token the body
    // stays untouched until on_released(token); with kNoToken it is free again on return too.
    // REQUIRES: the length in the frame header is frame_head + body; frame_head and each span are
    // multiples of 8 bytes; a chunk lies within one span.
    virtual SendOutcome send(EndpointId endpoint, std::span<const std::byte> frame_head,
                             std::span<const IoSpan> body, Token token) = 0;

    // What was taken is still sent if the peer reads on; nothing more is received.
    // on_disconnected(why) follows.
    virtual void close(EndpointId endpoint, const Error& why) = 0;

    // From now on frames of up to `frame_bytes_max` are read from this peer; before, nothing larger
    // than kFrameBytesBeforeHello.
    virtual void allow_large_frames(EndpointId endpoint, std::uint32_t frame_bytes_max) = 0;

    // Memory that the peer sees as well: a body built here is sent without a copy; empty where
    // there is none. It stays mapped until drop_send_memory(), also when the connection has died:
    // what was built there and not yet answered is sent again over the next connection.
    virtual std::span<std::byte> send_memory(EndpointId endpoint) {
        static_cast<void>(endpoint);
        return {};
    }

    // The caller will not touch the send memory of this connection again, dead or alive.
    virtual void drop_send_memory(EndpointId endpoint) { static_cast<void>(endpoint); }

    // One-sided access to the peer's memory; null where the network has none.
    virtual OneSided* one_sided() { return nullptr; }

    // Moves what can be moved and calls the handler; at most `message_budget` on_message calls.
    // Returns how much was done; 0 when idle.
    virtual int poll(TransportHandler& handler, int message_budget) = 0;

    // Sends what was kept back so that it could leave together with what followed. Whoever polls
    // calls it when it has nothing more to say for now.
    virtual void flush() {}

    // When poll() must be called next even if nothing arrives; kNoDeadline: never.
    virtual std::int64_t next_deadline_ns() const = 0;

    // Arms park_fd(). False: there is work, poll again instead of sleeping.
    // After sleeping, poll() disarms it.
    virtual bool prepare_park() = 0;

    // Becomes readable when there is work or wake() was called; valid for the transport's life.
    // -1 where time and messages come from the caller (simulation).
    virtual int park_fd() const = 0;

    // Any thread.
    virtual void wake() = 0;
};

}  // namespace kera
