// A process of a SimNet, as a transport. It copies bodies, and checks when it releases them that
// nobody has changed them. Thread: the simulation's. Ownership: belongs to the node; destroying it
// is the orderly end of the process. Invariant: after a crash its handler hears nothing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "transport/sim/sim_connection.hpp"
#include "transport/sim/sim_inbox.hpp"
#include "transport/sim/sim_message.hpp"
#include "transport/sim/sim_net.hpp"
#include "transport/transport.hpp"

namespace kera {

struct SimOptions {
    std::uint32_t message_bytes_max = 72 * 1024 * 1024;
    std::uint32_t segments_max = 512;
    std::int64_t connect_deadline_ns = 10 * kNanosPerSecond;
    bool in_pieces = false;  // receive head and spans as fragments of their own
};

class SimTransport final : public Transport {
  public:
    // Use SimNet::open.
    SimTransport(SimNet& net, std::uint64_t id, std::string node, const SimOptions& options);
    ~SimTransport() override;

    const Capabilities& capabilities() const override { return capabilities_; }
    Result<void> register_memory(const MemoryRegion& region) override;
    Result<Uri> listen(const Uri& uri) override;
    Result<EndpointId> connect(const Uri& uri) override;
    SendOutcome send(EndpointId endpoint, std::span<const std::byte> frame_head,
                     std::span<const IoSpan> body, Token token) override;
    void close(EndpointId endpoint, const Error& why) override;
    void allow_large_frames(EndpointId endpoint, std::uint32_t frame_bytes_max) override;
    int poll(TransportHandler& handler, int message_budget) override;
    std::int64_t next_deadline_ns() const override;
    bool prepare_park() override { return inbox_.empty(); }
    int park_fd() const override { return -1; }
    void wake() override {}

    std::uint64_t id() const { return id_; }
    const std::string& node() const { return node_; }
    bool crashed() const { return crashed_; }
    bool listens_at(const std::string& address) const;

    // For the network: called when something arrives here.
    void receive_message(EndpointId endpoint, std::unique_ptr<SimMessage> message);
    void receive_end(EndpointId endpoint, const Error& why);
    void receive_release(EndpointId endpoint, Token token);
    void receive_room(EndpointId endpoint);
    void crash(bool machine);
    void drain_to(const std::string& node);
    void break_off_from(const std::string& node);

  private:
    struct Endpoint {
        std::shared_ptr<SimConnection> connection{};  // null while connecting
        std::size_t side = 0;
        std::uint32_t frame_bytes_max = kFrameBytesBeforeHello;
        bool blocked = false;
        bool closed = false;  // here; the peer may not know yet
    };
    EndpointId next_endpoint() { return EndpointId(++endpoints_made_); }
    void reach_listener(EndpointId endpoint, const std::string& address);
    void accept(const std::shared_ptr<SimConnection>& connection);
    void answer_connect(EndpointId endpoint, const std::shared_ptr<SimConnection>& connection);
    bool deliver(TransportHandler& handler, SimArrival arrival);
    bool deliver_message(TransportHandler& handler, SimArrival& arrival);
    Endpoint* find(EndpointId endpoint);

    SimNet& net_;
    std::uint64_t id_;
    std::string node_;
    SimOptions options_;
    Capabilities capabilities_;
    std::map<std::string, bool> listening_;
    std::map<EndpointId, Endpoint> endpoints_;
    SimInbox inbox_;
    std::int64_t endpoints_made_ = 0;
    bool crashed_ = false;
};

}  // namespace kera
