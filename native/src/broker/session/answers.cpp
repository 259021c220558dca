// Routes answers. Belongs to one reactor's thread.
#include "broker/session/answers.hpp"

#include "base/check.hpp"

namespace kera {

void Answers::refuse(const Requester& requester, const Error& error, std::uint32_t retry_after_ms) {
    ErrorAnswer answer = ErrorAnswer::of(error, requester.template_id);
    answer.retry_after_ms = retry_after_ms;
    send(requester, answer);
}

void Answers::fail_request(const Requester& requester) {
    const Error error = fail(ErrorCode::internal, "request", 0, requester.template_id);
    ErrorAnswer::of(error, requester.template_id).encode(buffer_, requester.correlation_id);
    route_last(requester, buffer_.frame());
}

void Answers::route_last(const Requester& requester, Bytes frame) {
    if (!requester.is_control() && requester.reactor != reactor_) {
        mailboxes_.send(reactor_, requester.reactor,
                        RoutedAnswer{requester, {frame.begin(), frame.end()}, true});
        return;
    }
    route(requester, frame);
    close_session(requester.connection);
}

void Answers::close_session(ConnectionId connection) {
    Session* session = sessions_.find(connection);
    if (session != nullptr && !session->closing) {
        session->closing = true;
        session->transport().close(session->endpoint(), fail(ErrorCode::internal, "request"));
    }
}

void Answers::route(const Requester& requester, Bytes frame) {
    if (requester.is_control()) {
        KERA_ASSERT(control_ != nullptr);
        control_->send(frame);
        return;
    }
    if (requester.reactor != reactor_) {
        mailboxes_.send(reactor_, requester.reactor,
                        RoutedAnswer{requester, {frame.begin(), frame.end()}});
        return;
    }
    Session* const session = sessions_.find(requester.connection);
    if (session == nullptr) {
        return;
    }
    const std::size_t bytes_max = session->transport().capabilities().message_bytes_max;
    if (frame.size() > bytes_max) [[unlikely]] {
        refuse(requester,
               fail(ErrorCode::limit_exceeded, "answer_bytes", static_cast<std::int64_t>(bytes_max),
                    static_cast<std::int64_t>(frame.size())));
        return;
    }
    --session->requests_in_flight;
    session->send(frame);
}

void Answers::close(const Requester& requester) noexcept {
    if (requester.is_control()) {
        return;
    }
    if (Session* session = sessions_.find(requester.connection)) {
        --session->requests_in_flight;
    }
}

}  // namespace kera
