// Questions about streams, and what becomes of the answers. See stream_growth.hpp.
#include "client/session/stream_growth.hpp"

#include <algorithm>

#include "wire/frame/message_limits.hpp"
#include "wire/frame/templates.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

namespace {

constexpr std::int64_t kAnswerTimeoutNs = 30 * kNanosPerSecond;
constexpr std::int64_t kAskAgainNs = 100 * kNanosPerMilli;

}  // namespace

bool StreamGrowth::is_told() const noexcept {
    return connection_.ready() && (connection_.greeting().features & kFeatureStreamGrown) != 0;
}

void StreamGrowth::follow(StreamId stream) {
    if (is_told()) {
        to_ask_.insert(stream);
    }
}

void StreamGrowth::on_session_ready() {
    if (!is_told()) {
        return;
    }
    ask_at_ns_ = 0;
    users_.for_each([this](SessionUser& user) {
        user.for_each_stream([this](StreamId stream) { to_ask_.insert(stream); });
    });
}

int StreamGrowth::poll(std::int64_t now_ns) {
    now_ns_ = now_ns;
    if (to_ask_.empty() || now_ns < ask_at_ns_) {
        return 0;
    }
    int asked = 0;
    while (!to_ask_.empty() && connection_.request_room() > 0) {
        DescribeStream question;
        question.stream = *to_ask_.begin();
        const auto cookie = static_cast<std::uint64_t>(question.stream.value());
        if (!connection_.request(question, {this, cookie, now_ns + kAnswerTimeoutNs}).ok()) {
            // The transport takes no more now.
            ask_at_ns_ = now_ns + kNanosPerMilli;
            break;
        }
        to_ask_.erase(to_ask_.begin());
        ++asked;
    }
    return asked;
}

std::int64_t StreamGrowth::next_deadline_ns() const noexcept {
    return to_ask_.empty() || connection_.request_room() == 0 ? kNoDeadline : ask_at_ns_;
}

bool StreamGrowth::on_push(const FrameView& frame) {
    if (frame.header().template_id != static_cast<std::uint16_t>(Template::stream_grown)) {
        return false;
    }
    const Result<StreamGrown> grown = StreamGrown::decode(frame);
    if (grown.ok()) {
        tell(grown->stream, grown->streamlets);
    }
    return true;
}

void StreamGrowth::on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) {
    static_cast<void>(cookie);
    static_cast<void>(message);
    const Result<StreamAnswer> answer = StreamAnswer::decode(frame);
    if (answer.ok()) {
        tell(answer->stream, answer->settings.streamlets);
        users_.for_each(
            [&answer](SessionUser& user) { user.on_stream_term(answer->stream, answer->term); });
    }
}

void StreamGrowth::on_request_failed(std::uint64_t cookie, const Error& why,
                                     std::uint32_t retry_after_ms) {
    // After a lost session, the next one asks for everything.
    const bool again = is_retriable(why.code) || why.code == ErrorCode::timed_out;
    if (again && connection_.ready()) {
        to_ask_.insert(StreamId(static_cast<std::int64_t>(cookie)));
        ask_at_ns_ = now_ns_ + std::max(kAskAgainNs, std::int64_t{retry_after_ms} * kNanosPerMilli);
    }
}

void StreamGrowth::tell(StreamId stream, std::int32_t streamlets) {
    if (streamlets < 1 || streamlets > kStreamletsMax) {
        return;
    }
    users_.for_each(
        [stream, streamlets](SessionUser& user) { user.on_stream_size(stream, streamlets); });
}

}  // namespace kera
