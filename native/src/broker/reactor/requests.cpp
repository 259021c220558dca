// Greets clients and dispatches their requests. Belongs to one reactor's thread.
#include "broker/reactor/requests.hpp"

#include <algorithm>

#include "base/same_secret.hpp"
#include "broker/first_reactor/first_reactor_requests.hpp"
#include "wire/frame/message_limits.hpp"
#include "wire/frame/templates.hpp"

namespace kera {

void Requests::on_message(Session& session, Inbound&& message) {
    if (session.closing) {
        return;
    }
    Requester requester{parts_.reactor, session.id(), kNoCorrelation, 0};
    ++session.requests_in_flight;
    const bool whole = parts_.guard.run(requester.template_id,
                                        [&] { handle(session, requester, std::move(message)); });
    if (!whole) {
        parts_.guard.run(requester.template_id, [&] { parts_.answers.fail_request(requester); });
    }
}

void Requests::handle(Session& session, Requester& requester, Inbound&& message) {
    const Result<FrameView> frame =
        FrameView::over(message.head(), parts_.config.limits.frame_bytes_max);
    if (!frame.ok()) {
        refuse_and_close(session, requester, frame.error());
        return;
    }
    const FrameHeader& header = frame->header();
    requester.correlation_id = header.correlation_id;
    requester.template_id = header.template_id;
    if (header.schema_id != kClientSchemaId) {
        refuse_and_close(
            session, requester,
            fail(ErrorCode::unsupported, "schema_id", kClientSchemaId, header.schema_id));
        return;
    }
    if (!session.welcomed()) {
        if (header.template_id == static_cast<std::uint16_t>(Template::hello)) {
            greet(session, requester, *frame);
        } else {
            refuse_and_close(session, requester,
                             fail(ErrorCode::hello_required, "template_id",
                                  static_cast<std::int64_t>(Template::hello), header.template_id));
        }
        return;
    }
    const std::uint32_t in_flight_max = parts_.config.limits.requests_in_flight_max;
    if (session.requests_in_flight > in_flight_max) {
        parts_.answers.refuse(requester, fail(ErrorCode::limit_exceeded, "requests_in_flight",
                                              in_flight_max, session.requests_in_flight));
        return;
    }
    dispatch(session, requester, *frame, std::move(message));
}

void Requests::dispatch(Session& session, const Requester& requester, const FrameView& frame,
                        Inbound&& message) {
    switch (static_cast<Template>(requester.template_id)) {
        case Template::append:
            parts_.appends.on_append(session, requester, frame, std::move(message));
            return;
        case Template::fetch:
            parts_.fetches.on_fetch(requester, frame);
            return;
        case Template::credit:
            parts_.answers.close(requester);
            parts_.subscriptions.on_credit(session, frame);
            return;
        case Template::subscribe:
            parts_.subscriptions.on_subscribe(requester, frame);
            return;
        case Template::unsubscribe:
            parts_.subscriptions.on_unsubscribe(requester, frame);
            return;
        case Template::list_offsets:
            parts_.offset_lists.on_list_offsets(requester, frame);
            return;
        case Template::ping:
            parts_.answers.send(requester, PingAnswer{});
            return;
        case Template::hello:
            parts_.answers.refuse(requester, fail(ErrorCode::invalid_argument, "second_hello"));
            return;
        case Template::create_stream:
        case Template::alter_stream:
        case Template::delete_stream:
        case Template::delete_before:
        case Template::list_streams:
        case Template::describe_stream:
        case Template::end_of_term:
        case Template::open_producer:
        case Template::acquire_group:
        case Template::release_group:
        case Template::describe_node:
            forward_to_first(requester, frame);
            return;
        default:
            parts_.answers.refuse(
                requester,
                fail(ErrorCode::unsupported, "template_id",
                     static_cast<std::int64_t>(Template::describe_node), requester.template_id));
    }
}

void Requests::forward_to_first(const Requester& requester, const FrameView& frame) {
    if (frame.head().size() > kNodeRequestBytesMax) {
        parts_.answers.refuse(requester,
                              fail(ErrorCode::limit_exceeded, "frame_bytes", kNodeRequestBytesMax,
                                   static_cast<std::int64_t>(frame.head().size())));
        return;
    }
    if (parts_.first != nullptr) {
        parts_.first->on_request(requester, frame);
        return;
    }
    parts_.mailboxes.send(
        parts_.reactor, ReactorId(0),
        FirstReactorRequest{requester, {frame.head().begin(), frame.head().end()}});
}

void Requests::greet(Session& session, const Requester& requester, const FrameView& frame) {
    const Result<Hello> hello = Hello::decode(frame);
    if (!hello.ok()) {
        refuse_and_close(session, requester, hello.error());
        return;
    }
    if (hello->version_min > kProtocolVersionMax || hello->version_max < kProtocolVersionMin) {
        refuse_and_close(session, requester,
                         fail(ErrorCode::unsupported, "protocol_version", kProtocolVersionMax,
                              hello->version_min));
        return;
    }
    if (!same_secret(hello->token, parts_.config.token)) {
        refuse_and_close(session, requester, fail(ErrorCode::unauthorized, "token"));
        return;
    }
    const CoreLimits& limits = parts_.config.limits;
    HelloAnswer answer;
    answer.version = std::min(hello->version_max, kProtocolVersionMax);
    answer.reactor = static_cast<std::uint16_t>(parts_.reactor.value());
    answer.reactor_count = static_cast<std::uint16_t>(parts_.config.reactor_count);
    answer.features = hello->features & kFeatures;
    answer.node = parts_.config.node;
    answer.connection = session.id();
    answer.frame_bytes_max = limits.frame_bytes_max;
    answer.chunk_bytes_max = limits.chunk_bytes_max;
    answer.requests_in_flight_max = limits.requests_in_flight_max;
    answer.credit_bytes_max = limits.credit_bytes_max;
    answer.node_name = parts_.config.node_name;
    session.welcome(answer.features);
    session.transport().allow_large_frames(session.endpoint(), limits.frame_bytes_max);
    parts_.answers.send(requester, answer);
}

void Requests::on_violation(Session& session, const Error& what) {
    ++session.requests_in_flight;
    parts_.answers.refuse({parts_.reactor, session.id(), kNoCorrelation, 0}, what);
}

void Requests::refuse_and_close(Session& session, const Requester& requester, const Error& error) {
    parts_.answers.refuse(requester, error);
    session.closing = true;
    session.transport().close(session.endpoint(), error);
}

}  // namespace kera
