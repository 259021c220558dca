// Codecs of the session's messages.
// Any thread; stateless.
#include "wire/message/session_messages.hpp"

#include "kera_codec_client/ErrorAnswer.h"
#include "kera_codec_client/Hello.h"
#include "kera_codec_client/HelloAnswer.h"
#include "kera_codec_client/Ping.h"
#include "kera_codec_client/PingAnswer.h"
#include "wire/frame/codecs.hpp"

namespace kera {

Result<void> Hello::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    KERA_TRY(check_text("client_name_bytes", client_name.size(), kHelloTextBytesMax));
    KERA_TRY(check_text("token_bytes", token.size(), kHelloTextBytesMax));
    encode_frame<codec::client::Hello>(
        buffer, correlation_id, text_bytes(client_name) + text_bytes(token), [this](auto& out) {
            out.versionMin(version_min).versionMax(version_max).features(features);
            out.putClientName(client_name);
            out.putToken(token);
        });
    return {};
}

Result<Hello> Hello::decode(const FrameView& frame) {
    return decode_checked<codec::client::Hello>(frame, [](auto& in) {
        Hello hello;
        hello.version_min = in.versionMin();
        hello.version_max = in.versionMax();
        hello.features = in.features();
        hello.client_name = std::string(in.getClientNameAsStringView());
        hello.token = std::string(in.getTokenAsStringView());
        return hello;
    });
}

Result<void> HelloAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    KERA_TRY(check_text("node_name_bytes", node_name.size()));
    encode_frame<codec::client::HelloAnswer>(buffer, correlation_id, text_bytes(node_name),
                                             [this](auto& out) {
                                                 out.version(version)
                                                     .reactor(reactor)
                                                     .reactorCount(reactor_count)
                                                     .features(features)
                                                     .nodeId(node.value())
                                                     .connectionId(connection.value())
                                                     .frameBytesMax(frame_bytes_max)
                                                     .chunkBytesMax(chunk_bytes_max)
                                                     .requestsInFlightMax(requests_in_flight_max)
                                                     .creditBytesMax(credit_bytes_max);
                                                 out.putNodeName(node_name);
                                             });
    return {};
}

Result<HelloAnswer> HelloAnswer::decode(const FrameView& frame) {
    return decode_checked<codec::client::HelloAnswer>(frame, [](auto& in) {
        HelloAnswer answer;
        answer.version = in.version();
        answer.reactor = in.reactor();
        answer.reactor_count = in.reactorCount();
        answer.features = in.features();
        answer.node = NodeId(in.nodeId());
        answer.connection = ConnectionId(in.connectionId());
        answer.frame_bytes_max = in.frameBytesMax();
        answer.chunk_bytes_max = in.chunkBytesMax();
        answer.requests_in_flight_max = in.requestsInFlightMax();
        answer.credit_bytes_max = in.creditBytesMax();
        answer.node_name = std::string(in.getNodeNameAsStringView());
        return answer;
    });
}

ErrorAnswer ErrorAnswer::of(const Error& error, std::uint16_t template_id) {
    ErrorAnswer answer;
    answer.code = error.code;
    answer.template_id = template_id;
    answer.limit = error.limit;
    answer.value = error.value;
    answer.what = error.what;
    return answer;
}

void ErrorAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    // A longer text is cut, so that an error can always be sent.
    const std::string_view text = std::string_view(what).substr(0, kTextBytesMax);
    encode_frame<codec::client::ErrorAnswer>(
        buffer, correlation_id, text_bytes(text), [this, text](auto& out) {
            out.code(as_codec_enum<codec::client::ErrorCode::Value>(code))
                .templateId(template_id)
                .retryAfterMs(retry_after_ms)
                .limitValue(limit)
                .value(value);
            out.putWhat(text);
        });
}

Result<ErrorAnswer> ErrorAnswer::decode(const FrameView& frame) {
    return decode_checked<codec::client::ErrorAnswer>(frame, [](auto& in) {
        ErrorAnswer answer;
        answer.code = static_cast<ErrorCode>(in.codeRaw());
        answer.template_id = in.templateId();
        answer.retry_after_ms = in.retryAfterMs();
        answer.limit = in.limitValue();
        answer.value = in.value();
        answer.what = std::string(in.getWhatAsStringView());
        return answer;
    });
}

void Ping::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::Ping>(buffer, correlation_id, 0, [](auto&) {});
}

Result<Ping> Ping::decode(const FrameView& frame) {
    return decode_checked<codec::client::Ping>(frame, [](auto&) { return Ping{}; });
}

void PingAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::PingAnswer>(buffer, correlation_id, 0, [](auto&) {});
}

Result<PingAnswer> PingAnswer::decode(const FrameView& frame) {
    return decode_checked<codec::client::PingAnswer>(frame, [](auto&) { return PingAnswer{}; });
}

}  // namespace kera
