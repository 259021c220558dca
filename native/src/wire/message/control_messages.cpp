// Codecs of the control rings' messages.
// Any thread; stateless.
#include "wire/message/control_messages.hpp"

#include "base/bytes.hpp"
#include "base/units.hpp"
#include "kera_codec_control/CommandDone.h"
#include "kera_codec_control/Drain.h"
#include "kera_codec_control/Drained.h"
#include "kera_codec_control/ForwardedAnswer.h"
#include "kera_codec_control/ForwardedRequest.h"
#include "kera_codec_control/GrantProducerIds.h"
#include "kera_codec_control/OpenStream.h"
#include "kera_codec_control/ProducerIdsLow.h"
#include "kera_codec_control/SetTerm.h"
#include "wire/frame/codecs.hpp"
#include "wire/message/settings_codec.hpp"

namespace kera {

namespace {

constexpr std::uint64_t head_bytes(std::uint64_t block_bytes) {
    return align_up(kFrameHeaderBytes + block_bytes, std::uint64_t{kFrameAlignment});
}
static_assert(head_bytes(codec::control::ForwardedRequest::sbeBlockLength()) ==
              ForwardedRequest::kHeadBytes);
static_assert(head_bytes(codec::control::ForwardedAnswer::sbeBlockLength()) ==
              ForwardedAnswer::kHeadBytes);

// Both forwarding messages have one form: the client, then the inner frame from the next 8-byte
// boundary on.
template <class Codec>
void encode_forwarded(FrameBuffer& buffer, std::int64_t correlation_id, ConnectionId connection,
                      ReactorId reactor, Bytes inner) {
    const std::size_t head = head_bytes(Codec::sbeBlockLength());
    const MutableBytes room = buffer.reserve(head + inner.size());
    Codec out;
    out.wrapAndApplyHeader(as_codec_bytes(room), 0, room.size());
    out.connectionId(connection.value()).reactor(static_cast<std::uint16_t>(reactor.value()));
    zero_bytes(room.data() + out.sbePosition(), head - out.sbePosition());
    copy_bytes(room.data() + head, inner.data(), inner.size());
    buffer.finish(head + inner.size(), correlation_id);
}

}  // namespace

Result<void> OpenStream::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    KERA_TRY(check_text("stream_name_bytes", name.size()));
    encode_frame<codec::control::OpenStream>(
        buffer, correlation_id, text_bytes(name), [this](auto& out) {
            out.streamId(stream.value()).term(term.value());
            write_settings<codec::control::AckLevel::Value>(out, settings);
            out.putName(name);
        });
    return {};
}

Result<OpenStream> OpenStream::decode(const FrameView& frame) {
    return decode_checked<codec::control::OpenStream>(frame, [](auto& in) -> Result<OpenStream> {
        OpenStream open;
        open.stream = StreamId(in.streamId());
        open.term = Term(in.term());
        KERA_TRY_ASSIGN(open.settings, known_settings(in));
        open.name = std::string(in.getNameAsStringView());
        return open;
    });
}

void SetTerm::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::control::SetTerm>(buffer, correlation_id, 0, [this](auto& out) {
        out.streamId(stream.value())
            .streamletId(streamlet.value())
            .term(term.value())
            .leader(leader ? 1 : 0);
    });
}

Result<SetTerm> SetTerm::decode(const FrameView& frame) {
    return decode_checked<codec::control::SetTerm>(frame, [](auto& in) {
        return SetTerm{StreamId(in.streamId()), StreamletId(in.streamletId()), Term(in.term()),
                       in.leader() != 0};
    });
}

void GrantProducerIds::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::control::GrantProducerIds>(buffer, correlation_id, 0, [this](auto& out) {
        out.firstId(first.value()).idCount(id_count);
    });
}

Result<GrantProducerIds> GrantProducerIds::decode(const FrameView& frame) {
    return decode_checked<codec::control::GrantProducerIds>(
        frame, [](auto& in) { return GrantProducerIds{ProducerId(in.firstId()), in.idCount()}; });
}

void Drain::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::control::Drain>(buffer, correlation_id, 0, [](auto&) {});
}

Result<Drain> Drain::decode(const FrameView& frame) {
    return decode_checked<codec::control::Drain>(frame, [](auto&) { return Drain{}; });
}

CommandDone CommandDone::of(const Result<void>& outcome) {
    CommandDone done;
    if (!outcome.ok()) {
        done.code = outcome.error().code;
        done.limit = outcome.error().limit;
        done.value = outcome.error().value;
        done.what = outcome.error().what;
    }
    return done;
}

void CommandDone::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    // A longer text is cut, so that an error can always be sent.
    const std::string_view text = std::string_view(what).substr(0, kTextBytesMax);
    encode_frame<codec::control::CommandDone>(
        buffer, correlation_id, text_bytes(text), [this, text](auto& out) {
            out.code(as_codec_enum<codec::control::ErrorCode::Value>(code))
                .limitValue(limit)
                .value(value);
            out.putWhat(text);
        });
}

Result<CommandDone> CommandDone::decode(const FrameView& frame) {
    return decode_checked<codec::control::CommandDone>(frame, [](auto& in) {
        CommandDone done;
        done.code = static_cast<ErrorCode>(in.codeRaw());
        done.limit = in.limitValue();
        done.value = in.value();
        done.what = std::string(in.getWhatAsStringView());
        return done;
    });
}

void Drained::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::control::Drained>(buffer, correlation_id, 0, [](auto&) {});
}

Result<Drained> Drained::decode(const FrameView& frame) {
    return decode_checked<codec::control::Drained>(frame, [](auto&) { return Drained{}; });
}

void ProducerIdsLow::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::control::ProducerIdsLow>(buffer, correlation_id, 0,
                                                 [this](auto& out) { out.idsLeft(ids_left); });
}

Result<ProducerIdsLow> ProducerIdsLow::decode(const FrameView& frame) {
    return decode_checked<codec::control::ProducerIdsLow>(
        frame, [](auto& in) { return ProducerIdsLow{in.idsLeft()}; });
}

void ForwardedRequest::encode(FrameBuffer& buffer, std::int64_t correlation_id,
                              Bytes request) const {
    encode_forwarded<codec::control::ForwardedRequest>(buffer, correlation_id, connection, reactor,
                                                       request);
}

Result<ForwardedRequest> ForwardedRequest::decode(const FrameView& frame) {
    return decode_checked<codec::control::ForwardedRequest>(frame, [](auto& in) {
        return ForwardedRequest{ConnectionId(in.connectionId()), ReactorId(in.reactor())};
    });
}

void ForwardedAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id, Bytes answer) const {
    encode_forwarded<codec::control::ForwardedAnswer>(buffer, correlation_id, connection, reactor,
                                                      answer);
}

Result<ForwardedAnswer> ForwardedAnswer::decode(const FrameView& frame) {
    return decode_checked<codec::control::ForwardedAnswer>(frame, [](auto& in) {
        return ForwardedAnswer{ConnectionId(in.connectionId()), ReactorId(in.reactor())};
    });
}

}  // namespace kera
