// Frames through shared memory, between a node and its clients on the same host: a ring in each
// direction, bodies by reference where both see them, and a socket that tells of the peer's end.
// The handshakes, ShmConnections, ShmSender and ShmReceiver do the work; this polls them in turn.
// Thread: its owner's; wake() from any. A body that is referenced stays the sender's until the peer
// gives it back or dies. Invariant: while both sides poll, a message costs no system call.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file_descriptor.hpp"
#include "base/rare_line.hpp"
#include "transport/epoll_set.hpp"
#include "transport/listener_set.hpp"
#include "transport/message_buffer.hpp"
#include "transport/shm/shared_regions.hpp"
#include "transport/shm/shm_client_handshake.hpp"
#include "transport/shm/shm_connections.hpp"
#include "transport/shm/shm_node_handshake.hpp"
#include "transport/shm/shm_options.hpp"
#include "transport/shm/shm_receiver.hpp"
#include "transport/shm/shm_sender.hpp"
#include "transport/transport.hpp"

namespace kera {

class ShmTransport final : public Transport {
  public:
    static Result<std::unique_ptr<ShmTransport>> open(const ShmOptions& options,
                                                      const Clock& clock);
    // REQUIRES: every Inbound has been destroyed.
    ~ShmTransport() override;

    const Capabilities& capabilities() const override { return capabilities_; }
    Result<void> register_memory(const MemoryRegion& region) override;
    Result<Uri> listen(const Uri& uri) override;
    Result<EndpointId> connect(const Uri& uri) override;
    SendOutcome send(EndpointId endpoint, std::span<const std::byte> frame_head,
                     std::span<const IoSpan> body, Token token) override;
    void close(EndpointId endpoint, const Error& why) override;
    void allow_large_frames(EndpointId endpoint, std::uint32_t frame_bytes_max) override;
    std::span<std::byte> send_memory(EndpointId endpoint) override;
    void drop_send_memory(EndpointId endpoint) override;
    int poll(TransportHandler& handler, int message_budget) override;
    std::int64_t next_deadline_ns() const override { return next_check_ns(); }
    bool prepare_park() override;
    int park_fd() const override { return epoll_.fd(); }
    void wake() override { epoll_.wake(); }

    std::size_t connection_count() const { return connections_.size(); }
    const MessageBufferPool& buffers() const { return connections_.buffers(); }
    std::uint64_t shared_bytes() const { return connections_.shared_bytes(); }

  private:
    ShmTransport(const ShmOptions& options, const Clock& clock, EpollSet epoll);

    std::uint32_t collect_events();
    void on_readable(ShmConnection& connection);
    void accept(FileDescriptor socket);

    int poll_connection(ShmConnection& connection, TransportHandler& handler, int message_budget);
    void take_releases(ShmConnection& connection, TransportHandler& handler);
    void unblock(ShmConnection& connection, TransportHandler& handler);
    void end_if_done(ShmConnection& connection);

    static bool has_work(ShmConnection& connection);
    void set_parked(bool parked);
    std::int64_t next_check_ns() const {
        return std::min(connections_.next_check_ns(), listeners_.resumes_ns());
    }

    const ShmOptions options_;
    Capabilities capabilities_;
    EpollSet epoll_;
    ListenerSet listeners_;
    std::vector<std::string> socket_paths_;  // of the listeners; removed with the transport
    SharedRegions regions_;
    ShmConnections connections_;
    ShmNodeHandshake node_handshake_;
    ShmClientHandshake client_handshake_;
    ShmSender sender_;
    ShmReceiver receiver_;
    std::vector<Token> released_;    // reused by take_releases()
    std::int64_t collected_ns_ = 0;  // when epoll was asked
    std::uint32_t polls_ = 0;
    RareLine refused_line_;
    bool parked_ = false;
    bool polling_ = false;
};

}  // namespace kera
