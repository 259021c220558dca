// Sends answers and events to the control plane through its ring. Belongs to the first reactor's
// thread; borrows the rings. Invariant: nothing is lost; instead of an answer too large for the
// ring, an error is sent.
#pragma once

#include "broker/control/control_rings.hpp"
#include "broker/session/answers.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

class ControlSender final : public ControlSink {
  public:
    explicit ControlSender(ControlRings& rings) noexcept : rings_(rings) {}

    void send(Bytes frame) override;
    bool offer(Bytes frame) override {
        return frame.size() <= rings_.offer_bytes_max() && rings_.offer(frame);
    }

  private:
    void refuse_size(Bytes frame);

    ControlRings& rings_;
    FrameBuffer buffer_;
};

}  // namespace kera
