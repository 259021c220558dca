// Frames over TCP: non-blocking sockets and edge-triggered epoll. TcpConnections, TcpSender and
// TcpReceiver do the work; this polls them in turn. Thread: its owner's; wake() from any. Owns its
// sockets and buffers; a body with a token stays the sender's until the kernel has copied it.
// Invariant: what is sent inside poll() leaves before poll() returns or, with
// TcpOptions::sends_when_flushed, before flush() returns.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>

#include "base/clock.hpp"
#include "base/file_descriptor.hpp"
#include "base/rare_line.hpp"
#include "transport/epoll_set.hpp"
#include "transport/listener_set.hpp"
#include "transport/message_buffer.hpp"
#include "transport/tcp/tcp_connections.hpp"
#include "transport/tcp/tcp_options.hpp"
#include "transport/tcp/tcp_receiver.hpp"
#include "transport/tcp/tcp_sender.hpp"
#include "transport/transport.hpp"

namespace kera {

class TcpTransport final : public Transport {
  public:
    // Fails when the system has no epoll or no descriptors left.
    static Result<std::unique_ptr<TcpTransport>> open(const TcpOptions& options,
                                                      const Clock& clock);
    // REQUIRES: every Inbound has been destroyed.
    ~TcpTransport() override = default;

    const Capabilities& capabilities() const override { return capabilities_; }
    Result<void> register_memory(const MemoryRegion& region) override;
    Result<Uri> listen(const Uri& uri) override;
    Result<EndpointId> connect(const Uri& uri) override;
    SendOutcome send(EndpointId endpoint, std::span<const std::byte> frame_head,
                     std::span<const IoSpan> body, Token token) override;
    void close(EndpointId endpoint, const Error& why) override;
    void allow_large_frames(EndpointId endpoint, std::uint32_t frame_bytes_max) override;
    int poll(TransportHandler& handler, int message_budget) override;
    void flush() override;
    std::int64_t next_deadline_ns() const override;
    bool prepare_park() override;
    int park_fd() const override { return epoll_.fd(); }
    void wake() override { epoll_.wake(); }

    std::size_t connection_count() const { return connections_.size(); }
    const MessageBufferPool& buffers() const { return connections_.buffers(); }

  private:
    TcpTransport(const TcpOptions& options, const Clock& clock, EpollSet epoll);

    std::uint32_t collect_events();
    void on_socket_event(EndpointId endpoint, std::uint32_t events);
    void accept(FileDescriptor socket);
    void finish_connect(TcpConnection& connection);
    std::int64_t next_check_ns() const {
        return std::min(connections_.next_check_ns(), listeners_.resumes_ns());
    }

    const TcpOptions options_;
    const Clock& clock_;
    Capabilities capabilities_;
    EpollSet epoll_;
    ListenerSet listeners_;
    TcpConnections connections_;
    TcpSender sender_;
    TcpReceiver receiver_;
    std::int64_t now_ns_;
    std::int64_t collected_ns_ = 0;  // when epoll was asked
    std::uint32_t polls_since_collected_ = 0;
    RareLine refused_line_;
    bool parked_ = false;
    bool polling_ = false;
};

}  // namespace kera
