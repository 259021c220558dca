#include "broker/control/control_commands.hpp"

#include "wire/message/session_messages.hpp"

namespace kera {

namespace {

constexpr int kCommandsPerPoll = 64;

}  // namespace

int ControlCommands::poll(std::int64_t now_ns, RequestGuard& guard) {
    return rings_.poll(
        [this, &guard](const FrameView& frame) {
            const FrameHeader& header = frame.header();
            if (!guard.run(header.template_id, [&] { handler_.on_command(frame); })) {
                guard.run(header.template_id, [&] { fail_command(header); });
            }
        },
        handler_.is_crowded() ? 0 : kCommandsPerPoll, now_ns);
}

void ControlCommands::fail_command(const FrameHeader& header) {
    ErrorAnswer::of(fail(ErrorCode::internal, "command", 0, header.template_id), header.template_id)
        .encode(buffer_, header.correlation_id);
    answers_.send(buffer_.frame());
}

}  // namespace kera
