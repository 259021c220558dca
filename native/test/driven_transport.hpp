// A client's transport on a simulated network. Each poll of the client also runs a step of the
// whole world, so time passes for everybody even inside the client's blocking calls. One thread.
// Owns the transport that it wraps. Invariant: no step runs inside another step.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "transport/transport.hpp"

namespace kera {

class DrivenTransport final : public Transport {
  public:
    DrivenTransport(std::unique_ptr<Transport> inner, std::function<void()> turn)
        : inner_(std::move(inner)), turn_(std::move(turn)) {}

    const Capabilities& capabilities() const override { return inner_->capabilities(); }
    Result<void> register_memory(const MemoryRegion& region) override {
        return inner_->register_memory(region);
    }
    Result<Uri> listen(const Uri& uri) override { return inner_->listen(uri); }
    Result<EndpointId> connect(const Uri& uri) override { return inner_->connect(uri); }
    SendOutcome send(EndpointId endpoint, std::span<const std::byte> frame_head,
                     std::span<const IoSpan> body, Token token) override {
        return inner_->send(endpoint, frame_head, body, token);
    }
    void close(EndpointId endpoint, const Error& why) override { inner_->close(endpoint, why); }
    void allow_large_frames(EndpointId endpoint, std::uint32_t frame_bytes_max) override {
        inner_->allow_large_frames(endpoint, frame_bytes_max);
    }
    std::span<std::byte> send_memory(EndpointId endpoint) override {
        return inner_->send_memory(endpoint);
    }
    int poll(TransportHandler& handler, int message_budget) override {
        turn_();
        return inner_->poll(handler, message_budget);
    }
    std::int64_t next_deadline_ns() const override { return inner_->next_deadline_ns(); }
    bool prepare_park() override { return inner_->prepare_park(); }
    int park_fd() const override { return inner_->park_fd(); }
    void wake() override { inner_->wake(); }

  private:
    std::unique_ptr<Transport> inner_;
    std::function<void()> turn_;
};

}  // namespace kera
