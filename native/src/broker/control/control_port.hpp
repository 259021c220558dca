// The control plane's place at the first reactor: takes commands out of the rings, puts answers and
// events in. Belongs to that reactor's thread; borrows the rings. Invariant: nothing is lost; an
// answer too large for the ring becomes an error.
#pragma once

#include "broker/control/control_rings.hpp"
#include "broker/first_reactor/first_reactor_requests.hpp"
#include "broker/session/answers.hpp"
#include "broker/session/request_guard.hpp"
#include "wire/message/control_messages.hpp"

namespace kera {

class ControlPort final : public ControlSink {
  public:
    ControlPort(ControlRings& rings, FirstReactorRequests& home) noexcept
        : rings_(rings), home_(home) {}

    int poll(std::int64_t now_ns, RequestGuard& guard) {
        // Where too much is unfinished, commands wait in their ring.
        return rings_.poll(
            [this, &guard](const FrameView& frame) {
                const FrameHeader& header = frame.header();
                if (!guard.run(header.template_id, [&] { home_.on_command(frame); })) {
                    guard.run(header.template_id, [&] { fail_command(header); });
                }
            },
            home_.is_crowded() ? 0 : kBudget, now_ns);
    }
    bool ready() const noexcept { return rings_.ready(); }
    bool backlogged() const noexcept { return rings_.backlogged(); }

    void send(Bytes frame) override {
        if (frame.size() > rings_.offer_bytes_max()) {
            refuse_size(frame);
            return;
        }
        rings_.owe(frame);
    }
    bool offer(Bytes frame) override {
        return frame.size() <= rings_.offer_bytes_max() && rings_.offer(frame);
    }

  private:
    static constexpr int kBudget = 64;

    void fail_command(const FrameHeader& header) {
        ErrorAnswer::of(fail(ErrorCode::internal, "command", 0, header.template_id),
                        header.template_id)
            .encode(buffer_, header.correlation_id);
        send(buffer_.frame());
    }
    void refuse_size(Bytes frame) {
        const Result<FrameHeader> header = read_frame_header(frame, UINT32_MAX);
        const Result<void> outcome =
            fail(ErrorCode::frame_too_large, "control_frame_bytes", rings_.offer_bytes_max(),
                 static_cast<std::int64_t>(frame.size()));
        CommandDone::of(outcome).encode(buffer_,
                                        header.ok() ? header->correlation_id : kNoCorrelation);
        rings_.owe(buffer_.frame());
    }

    ControlRings& rings_;
    FirstReactorRequests& home_;
    FrameBuffer buffer_;
};

}  // namespace kera
