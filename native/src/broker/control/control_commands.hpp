// Takes the control plane's commands from their ring. Belongs to the first reactor's thread;
// borrows the rings. Invariant: each command is answered once, also when it throws; while too many
// changes are unfinished, commands wait in their ring.
#pragma once

#include <cstdint>

#include "broker/control/control_rings.hpp"
#include "broker/session/answers.hpp"
#include "broker/session/request_guard.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

class ControlCommandHandler {
  public:
    virtual void on_command(const FrameView& frame) = 0;
    // Too many changes are unfinished for more commands.
    virtual bool is_crowded() const noexcept = 0;

  protected:
    ~ControlCommandHandler() = default;
};

class ControlCommands {
  public:
    ControlCommands(ControlRings& rings, ControlSink& answers,
                    ControlCommandHandler& handler) noexcept
        : rings_(rings), answers_(answers), handler_(handler) {}

    int poll(std::int64_t now_ns, RequestGuard& guard);
    // Commands wait to be taken.
    bool ready() const noexcept { return rings_.ready(); }
    // Answers wait for the control plane to read: poll again soon.
    bool backlogged() const noexcept { return rings_.backlogged(); }

  private:
    void fail_command(const FrameHeader& header);

    ControlRings& rings_;
    ControlSink& answers_;
    ControlCommandHandler& handler_;
    FrameBuffer buffer_;
};

}  // namespace kera
