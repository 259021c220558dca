#include "broker/control/control_client.hpp"

#include <utility>

#include "base/check.hpp"
#include "wire/frame/templates.hpp"

namespace kera {
namespace {

// A forwarded request has the correlation id that a client has chosen: it can be any number.
bool can_be_answer(const FrameHeader& header) noexcept {
    if (header.schema_id != kControlSchemaId) {
        return true;
    }
    switch (static_cast<ControlTemplate>(header.template_id)) {
        case ControlTemplate::forwarded_request:
        case ControlTemplate::drained:
        case ControlTemplate::producer_ids_low:
            return false;
        default:
            return true;
    }
}

}  // namespace

ControlClient::ControlClient(ControlRings& rings, const Clock& clock,
                             std::function<void(const FrameView&)> on_event)
    : rings_(rings),
      clock_(clock),
      on_event_(std::move(on_event)),
      from_core_(RingLayout::over(rings.from_core_buffer()).value()) {}

Result<void> ControlClient::send(Bytes frame, std::int64_t deadline_ns) {
    KERA_TRY_ASSIGN(const FrameView view, FrameView::over(frame, rings_.command_bytes_max()));
    const std::int64_t correlation_id = view.header().correlation_id;
    const bool expects_answer = correlation_id != kNoCorrelation;
    KERA_ASSERT(!expects_answer || !awaited_.contains(correlation_id), correlation_id);
    if (!rings_.command(frame)) {
        return fail(ErrorCode::would_block, "control_ring", rings_.command_bytes_max(),
                    static_cast<std::int64_t>(frame.size()));
    }
    if (expects_answer) {
        awaited_.emplace(correlation_id, Awaited{deadline_ns, std::nullopt});
    }
    return {};
}

int ControlClient::poll(int budget) {
    if (fault_) {
        return 0;
    }
    const auto read = [&](std::int32_t type, Bytes message) {
        const Result<FrameView> frame = FrameView::over(message, rings_.offer_bytes_max());
        // The core is trusted: a frame that it cannot have written is a bug.
        KERA_ASSERT(type == kControlFrameType && frame.ok(), type);
        on_frame(*frame);
    };
    const Result<int> frames = from_core_.read(read, budget);
    if (!frames.ok()) {
        fault_ = frames.error();
        return 0;
    }
    return *frames;
}

void ControlClient::on_frame(const FrameView& frame) {
    const auto found = awaited_.find(frame.header().correlation_id);
    const bool awaited = found != awaited_.end() && !found->second.answer;
    if (awaited && can_be_answer(frame.header())) {
        found->second.answer.emplace(frame.head());
    } else if (on_event_) {
        on_event_(frame);
    }
}

std::optional<Result<ControlAnswer>> ControlClient::take_answer(std::int64_t correlation_id) {
    const auto found = awaited_.find(correlation_id);
    KERA_ASSERT(found != awaited_.end(), correlation_id);
    if (found->second.answer) {
        Result<ControlAnswer> answer = std::move(*found->second.answer);
        awaited_.erase(found);
        return answer;
    }
    if (clock_.now_ns() >= found->second.deadline_ns) {
        awaited_.erase(found);
        return Result<ControlAnswer>(
            fail(ErrorCode::timed_out, "control_command", 0, correlation_id));
    }
    return std::nullopt;
}

Result<ControlAnswer> ControlClient::call(Bytes frame, std::int64_t deadline_ns,
                                          const std::function<void()>& drive) {
    KERA_TRY_ASSIGN(const FrameView view, FrameView::over(frame, rings_.command_bytes_max()));
    const std::int64_t correlation_id = view.header().correlation_id;
    if (correlation_id == kNoCorrelation) {
        return fail(ErrorCode::invalid_argument, "correlation_id", 0, kNoCorrelation);
    }
    Result<void> sent = send(frame, deadline_ns);
    while (!sent.ok()) {
        if (sent.error().code != ErrorCode::would_block || clock_.now_ns() >= deadline_ns) {
            return sent.error();
        }
        drive();
        poll();
        sent = send(frame, deadline_ns);
    }
    for (;;) {
        poll();
        std::optional<Result<ControlAnswer>> answer = take_answer(correlation_id);
        if (answer) {
            return *std::move(answer);
        }
        drive();
    }
}

}  // namespace kera
