// Dispatches the requests that the first reactor answers for all. Belongs to that reactor's thread.
#include "broker/first_reactor/first_reactor_requests.hpp"

#include "wire/frame/message_limits.hpp"
#include "wire/frame/templates.hpp"
#include "wire/message/control_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

namespace {

// Of a forwarded request.
constexpr std::size_t kForwardedBytesMax = kControlFrameBytesMax - ForwardedRequest::kHeadBytes;

// After which a client may try again when the control plane reads too slowly.
constexpr std::uint32_t kControlRetryAfterMs = 100;

// Refuses what the control plane's codecs would throw for. Everything else the control plane
// checks.
Result<void> check_forwarded(const Requester& requester, const FrameView& frame) {
    const std::size_t bytes = frame.head().size();
    if (bytes > kForwardedBytesMax) {
        return fail(ErrorCode::limit_exceeded, "frame_bytes", kForwardedBytesMax,
                    static_cast<std::int64_t>(bytes));
    }
    if (requester.template_id == static_cast<std::uint16_t>(Template::create_stream)) {
        KERA_TRY_ASSIGN(const CreateStream asked, CreateStream::decode(frame));
        if (asked.name.size() > kStreamNameBytesMax) {
            return fail(ErrorCode::invalid_argument, "stream_name_bytes", kStreamNameBytesMax,
                        static_cast<std::int64_t>(asked.name.size()));
        }
    }
    return {};
}

// The control plane's answer has to be exactly one frame that fits the client's connection.
Result<FrameView> read_answer(Bytes answer, const CoreLimits& limits) {
    KERA_TRY_ASSIGN(const FrameView frame, FrameView::over(answer, limits.frame_bytes_max));
    if (frame.header().length != answer.size()) {
        return fail(ErrorCode::malformed, "forwarded_answer_length",
                    static_cast<std::int64_t>(answer.size()), frame.header().length);
    }
    return frame;
}

// Whether the control plane has thrown while it handled the request.
bool says_internal(const FrameView& answer) {
    if (answer.header().template_id != static_cast<std::uint16_t>(Template::error_answer)) {
        return false;
    }
    const Result<ErrorAnswer> error = ErrorAnswer::decode(answer);
    return error.ok() && error->code == ErrorCode::internal;
}

}  // namespace

void FirstReactorRequests::on_request(const Requester& requester, const FrameView& frame) {
    if (is_for_control(requester)) {
        forward(requester, frame);
    } else {
        handle(requester, frame);
    }
}

bool FirstReactorRequests::is_for_control(const Requester& requester) const noexcept {
    if (parts_.config.authority != Authority::control || requester.is_control()) {
        return false;
    }
    switch (static_cast<Template>(requester.template_id)) {
        case Template::create_stream:
        case Template::alter_stream:
        case Template::delete_stream:
            return true;
        default:
            return false;
    }
}

void FirstReactorRequests::forward(const Requester& requester, const FrameView& frame) {
    if (const Result<void> checked = check_forwarded(requester, frame); !checked.ok()) {
        parts_.answers.refuse(requester, checked.error());
        return;
    }
    ForwardedRequest{requester.connection, requester.reactor}.encode(
        buffer_, requester.correlation_id, frame.head());
    if (!parts_.control.offer(buffer_.frame())) {
        parts_.answers.refuse(requester, fail(ErrorCode::would_block, "control_plane"),
                              kControlRetryAfterMs);
    }
}

void FirstReactorRequests::handle(const Requester& requester, const FrameView& frame) {
    switch (static_cast<Template>(requester.template_id)) {
        case Template::create_stream:
        case Template::alter_stream:
        case Template::delete_stream:
        case Template::delete_before:
        case Template::list_streams:
        case Template::describe_stream:
        case Template::end_of_term:
            parts_.catalog.handle(requester, frame);
            return;
        case Template::open_producer:
            parts_.producer_ids.on_open(requester, frame);
            return;
        case Template::acquire_group:
            parts_.groups.on_acquire(requester, frame);
            return;
        case Template::release_group:
            parts_.groups.on_release(requester, frame);
            return;
        case Template::describe_node:
            parts_.node.on_describe(requester, frame);
            return;
        case Template::ping:
            parts_.answers.send(requester, PingAnswer{});
            return;
        default:
            parts_.answers.refuse(
                requester,
                fail(ErrorCode::unsupported, "template_id",
                     static_cast<std::int64_t>(Template::describe_node), requester.template_id));
    }
}

void FirstReactorRequests::on_command(const FrameView& frame) {
    const FrameHeader& header = frame.header();
    const Requester requester{ReactorId(0), kControlConnection, header.correlation_id,
                              header.template_id};
    if (header.schema_id == kClientSchemaId) {
        handle(requester, frame);
    } else {
        on_control_message(requester, frame);
    }
}

void FirstReactorRequests::on_control_message(const Requester& requester, const FrameView& frame) {
    switch (static_cast<ControlTemplate>(requester.template_id)) {
        case ControlTemplate::open_stream:
        case ControlTemplate::set_term:
            parts_.catalog.handle(requester, frame);
            return;
        case ControlTemplate::grant_producer_ids:
            parts_.producer_ids.on_grant(requester, frame);
            return;
        case ControlTemplate::drain:
            parts_.node.on_drain(requester, frame);
            return;
        case ControlTemplate::forwarded_answer:
            on_forwarded_answer(frame);
            return;
        default:
            parts_.answers.refuse(requester,
                                  fail(ErrorCode::unsupported, "control_template_id",
                                       static_cast<std::int64_t>(ControlTemplate::forwarded_answer),
                                       requester.template_id));
    }
}

void FirstReactorRequests::on_forwarded_answer(const FrameView& frame) {
    const Result<ForwardedAnswer> answer = ForwardedAnswer::decode(frame);
    const Requester control{ReactorId(0), kControlConnection, frame.header().correlation_id,
                            frame.header().template_id};
    if (!answer.ok() || frame.head().size() <= ForwardedAnswer::kHeadBytes) {
        parts_.answers.refuse(control, fail(ErrorCode::malformed, "forwarded_answer_bytes",
                                            ForwardedAnswer::kHeadBytes,
                                            static_cast<std::int64_t>(frame.head().size())));
        return;
    }
    const std::int32_t reactors = parts_.config.reactor_count;
    if (answer->reactor.value() < 0 || answer->reactor.value() >= reactors) {
        parts_.answers.refuse(control, fail(ErrorCode::invalid_argument, "reactor", reactors - 1,
                                            answer->reactor.value()));
        return;
    }
    const Requester requester{answer->reactor, answer->connection, frame.header().correlation_id,
                              0};
    const Bytes forwarded = frame.head().subspan(ForwardedAnswer::kHeadBytes);
    const Result<FrameView> inner = read_answer(forwarded, parts_.config.limits);
    if (!inner.ok()) {
        // The client waits all the same.
        parts_.answers.refuse(control, inner.error());
        parts_.answers.fail_request(requester);
        return;
    }
    if (says_internal(*inner)) {
        parts_.answers.route_last(requester, forwarded);
    } else {
        parts_.answers.route(requester, forwarded);
    }
}

void FirstReactorRequests::on_session_closed(ConnectionId connection) {
    parts_.groups.on_session_closed(connection);
}

}  // namespace kera
