// Frames over TCP: non-blocking sockets, edge-triggered epoll. While its owner spins it reads
// recently active sockets directly, without asking epoll before each. Thread: its owner's; only
// wake() from others. Ownership: sockets and buffers are its own; bodies with a token stay the
// sender's until the kernel has copied them. Invariants: a connection never holds more than its
// send queue's limit and one frame; what is sent inside poll() leaves at the latest before poll()
// returns, or with TcpOptions::sends_when_flushed when flush() does.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/file_descriptor.hpp"
#include "base/rare_line.hpp"
#include "transport/endpoint_table.hpp"
#include "transport/message_buffer.hpp"
#include "transport/tcp/tcp_connection.hpp"
#include "transport/tcp/tcp_options.hpp"
#include "transport/tcp/tcp_socket.hpp"
#include "transport/transport.hpp"
#include "transport/transport_events.hpp"

struct epoll_event;

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
    int park_fd() const override { return epoll_.get(); }
    void wake() override;

    std::size_t connection_count() const { return connections_.size(); }
    const MessageBufferPool& buffers() const { return buffers_; }

  private:
    TcpTransport(const TcpOptions& options, const Clock& clock, FileDescriptor epoll,
                 FileDescriptor wake_event);

    TcpConnection* find(EndpointId endpoint);
    Result<TcpConnection*> add_connection(FileDescriptor socket, TcpState state);
    void sweep_dead();

    std::uint32_t collect_events();
    void handle_event(const epoll_event& event);
    void accept_all(const TcpListener& listener);
    void watch_listeners(bool watched);
    void accept_one(FileDescriptor socket);
    void finish_connect(TcpConnection& connection);

    int read_active(TransportHandler& handler, int message_budget);
    int read_connection(TcpConnection& connection, TransportHandler& handler, int message_budget);
    int deliver_frames(TcpConnection& connection, TransportHandler& handler, int message_budget);
    bool receive(TcpConnection& connection);
    void discard_input(TcpConnection& connection);
    void activate(TcpConnection& connection);

    SendOutcome send_now(TcpConnection& connection, std::span<const std::byte> head,
                         std::span<const IoSpan> body, Token token, std::uint64_t frame_bytes);
    SendOutcome enqueue(TcpConnection& connection, std::span<const std::byte> head,
                        std::span<const IoSpan> body, Token token, std::uint64_t skip_bytes);
    void flush(TcpConnection& connection);
    void flush_dirty();
    void report_released(EndpointId endpoint);

    void violate(TcpConnection& connection, TransportHandler& handler, const Error& what);
    void end_sending(TcpConnection& connection);
    void kill(TcpConnection& connection, const Error& why);
    void arm(std::int64_t deadline_ns);
    void check_deadlines(std::int64_t now_ns);

    TcpOptions options_;
    const Clock& clock_;
    Capabilities capabilities_;
    FileDescriptor epoll_;
    FileDescriptor wake_event_;
    std::atomic<bool> woken_{false};  // stored by wake() after its write, cleared by poll()
    MessageBufferPool buffers_;
    std::vector<TcpListener> listeners_;
    EndpointTable<TcpConnection> connections_;
    std::vector<EndpointId> dead_;  // until nobody is in the middle of one
    std::vector<TcpConnection*> active_;
    std::vector<TcpConnection*> dirty_;
    TransportEvents events_;
    std::vector<Token> released_;
    std::int64_t now_ns_ = 0;
    std::int64_t next_check_ns_ = kNoDeadline;
    std::int64_t retry_ns_ = kNoDeadline;  // of what waits for descriptors or buffers
    std::int64_t accept_resumes_ns_ = kNoDeadline;
    RareLine accept_paused_line_;
    RareLine refused_line_;
    std::int64_t last_epoll_ns_ = 0;
    std::uint32_t polls_since_epoll_ = 0;
    bool parked_ = false;
    bool polling_ = false;
};

}  // namespace kera
