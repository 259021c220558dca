// Frames through shared memory, for a node and for its clients on the same host: a ring in each
// direction, bodies by reference where both see them, and a socket that tells of the other's end.
// Thread: its owner's; only wake() from others. Ownership: the mappings of its connections; a body
// that is sent with a token and referenced stays the sender's until the peer gives it back or dies.
// Invariants: while both sides poll, messages cost no system call; nothing a client writes is
// believed before it was copied and checked, and whatever it breaks is its own connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file_descriptor.hpp"
#include "base/rare_line.hpp"
#include "transport/endpoint_table.hpp"
#include "transport/message_buffer.hpp"
#include "transport/shm/shm_connection.hpp"
#include "transport/shm/shm_inbound.hpp"
#include "transport/shm/shm_options.hpp"
#include "transport/transport.hpp"
#include "transport/transport_events.hpp"

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
    std::int64_t next_deadline_ns() const override { return next_check_ns_; }
    bool prepare_park() override;
    int park_fd() const override { return epoll_.get(); }
    void wake() override;

    std::size_t connection_count() const { return connections_.size(); }
    const MessageBufferPool& buffers() const { return buffers_; }
    std::uint64_t shared_bytes() const { return shared_bytes_; }

  private:
    struct Region {
        std::span<const std::byte> memory;
        FileDescriptor fd;  // read-only, for clients
        std::uint64_t fd_offset;
    };
    struct Listener {
        FileDescriptor socket;
        std::string path;
    };

    ShmTransport(const ShmOptions& options, const Clock& clock, FileDescriptor epoll,
                 FileDescriptor wake_event);

    // Handshake: shm_transport_handshake.cpp.
    void accept_all(Listener& listener);
    void watch_listeners(bool watched);
    void handle_socket(ShmConnection& connection);
    void greet(ShmConnection& connection);
    Result<void> hear_datagrams(ShmConnection& connection, int datagrams_max);
    Result<void> grant(ShmConnection& connection, const ShmHello& hello);
    void show_regions(ShmConnection& connection);
    void refuse(ShmConnection& connection, const Error& why);
    void hear_welcome(ShmConnection& connection);
    Result<void> map_channel(ShmConnection& connection, const ShmWelcome& welcome,
                             std::vector<FileDescriptor> descriptors);
    Result<void> map_regions(ShmConnection& connection, const ShmRegionTable& table,
                             std::vector<FileDescriptor> descriptors);
    void establish(ShmConnection& connection);

    // Set-up, sleep and end: shm_transport_setup.cpp.
    Result<ShmConnection*> add_connection(FileDescriptor socket, ShmState state);
    std::uint32_t collect_events();
    bool has_work(ShmConnection& connection);
    void set_parked(bool parked);
    void end_sending(ShmConnection& connection);
    void kill(ShmConnection& connection, const Error& why);
    void sweep_dead();
    void arm(std::int64_t deadline_ns);
    void check_deadlines(std::int64_t now_ns);
    ShmConnection* find(EndpointId endpoint) const;

    // Messages: shm_transport.cpp.
    int poll_connection(ShmConnection& connection, TransportHandler& handler, int message_budget);
    int receive(ShmConnection& connection, TransportHandler& handler, int message_budget);
    Result<Inbound> take_record(ShmConnection& connection);
    Result<Inbound> take_message(ShmConnection& connection);
    Result<Inbound> take_part(ShmConnection& connection);
    void violate(ShmConnection& connection, TransportHandler& handler, const Error& what);
    SendOutcome send_reference(ShmConnection& connection, std::span<const std::byte> head,
                               std::uint64_t body_bytes, Token token);
    SendOutcome send_copy(ShmConnection& connection, std::span<const std::byte> head,
                          std::span<const IoSpan> body, std::uint32_t frame_bytes, Token token);
    void pump_cut_message(ShmConnection& connection);
    void report_released(EndpointId endpoint);

    ShmOptions options_;
    const Clock& clock_;
    Capabilities capabilities_;
    FileDescriptor epoll_;
    FileDescriptor wake_event_;
    std::atomic<bool> woken_{false};  // stored by wake() after its write, cleared by poll()
    MessageBufferPool buffers_;
    ShmInboundPool inbounds_;
    std::vector<Region> regions_;
    std::vector<Listener> listeners_;
    EndpointTable<ShmConnection> connections_;
    std::vector<ShmConnection*> established_;
    std::vector<EndpointId> dead_;  // until nobody is in the middle of one
    std::map<EndpointId, std::shared_ptr<ShmChannel>> kept_;  // for the send memory of the dead
    TransportEvents events_;
    std::vector<Token> released_;
    std::vector<IoSpan> pieces_;
    std::vector<ShmReference> references_;
    ShmRecord record_;
    std::uint64_t shared_bytes_ = 0;
    std::int64_t now_ns_ = 0;
    std::int64_t last_epoll_ns_ = 0;
    std::int64_t next_check_ns_ = kNoDeadline;
    std::int64_t accept_resumes_ns_ = kNoDeadline;
    RareLine accept_paused_line_;
    RareLine refused_line_;
    std::uint32_t polls_ = 0;
    bool parked_ = false;
    bool polling_ = false;
};

}  // namespace kera
