// One transport of a reactor and the sessions over it: turns the transport's events into those of
// sessions. Belongs to the reactor's thread. Owns the transport. Invariant: every connection has
// exactly one session, from on_connected to on_disconnected.
#pragma once

#include <memory>
#include <unordered_map>

#include "broker/read/span_sender.hpp"
#include "broker/session/session_table.hpp"
#include "transport/transport.hpp"

namespace kera {

// A reactor receives these from its sessions.
class SessionEvents {
  public:
    virtual void on_message(Session& session, Inbound&& message) = 0;
    virtual void on_violation(Session& session, const Error& what) = 0;
    virtual void on_writable(Session& session) = 0;
    // The last event of a session; it is gone afterwards.
    virtual void on_closed(Session& session) = 0;

  protected:
    ~SessionEvents() = default;
};

class TransportSessions final : public TransportHandler {
  public:
    TransportSessions(std::unique_ptr<Transport> transport, SessionTable& sessions,
                      SpanSender& sender, SessionEvents& events) noexcept
        : transport_(std::move(transport)), sessions_(sessions), sender_(sender), events_(events) {}

    Transport& transport() noexcept { return *transport_; }
    int poll(int message_budget) { return transport_->poll(*this, message_budget); }

    void on_connected(EndpointId endpoint, const PeerInfo& peer) override;
    void on_disconnected(EndpointId endpoint, const Error& why) override;
    void on_message(EndpointId endpoint, Inbound&& message) override;
    void on_released(EndpointId endpoint, Token token) override;
    void on_writable(EndpointId endpoint) override;
    void on_violation(EndpointId endpoint, const Error& what) override;

  private:
    std::unique_ptr<Transport> transport_;
    SessionTable& sessions_;
    SpanSender& sender_;
    SessionEvents& events_;
    std::unordered_map<EndpointId, Session*> by_endpoint_;
    // The last one to send a message: one client often sends several in a row.
    Session* spoke_last_ = nullptr;
};

}  // namespace kera
