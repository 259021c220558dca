#include "broker/control/control_sender.hpp"

#include "wire/message/control_messages.hpp"

namespace kera {

void ControlSender::send(Bytes frame) {
    if (frame.size() > rings_.offer_bytes_max()) {
        refuse_size(frame);
        return;
    }
    rings_.send(frame);
}

void ControlSender::refuse_size(Bytes frame) {
    const Result<FrameHeader> header = read_frame_header(frame, UINT32_MAX);
    const Result<void> outcome =
        fail(ErrorCode::frame_too_large, "control_frame_bytes", rings_.offer_bytes_max(),
             static_cast<std::int64_t>(frame.size()));
    CommandDone::of(outcome).encode(buffer_, header.ok() ? header->correlation_id : kNoCorrelation);
    rings_.send(buffer_.frame());
}

}  // namespace kera
