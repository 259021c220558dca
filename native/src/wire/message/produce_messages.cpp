// Codecs of the producers' messages.
// Any thread; stateless.
#include "wire/message/produce_messages.hpp"

#include "kera_codec_client/Append.h"
#include "kera_codec_client/OpenProducer.h"
#include "kera_codec_client/OpenProducerAnswer.h"

namespace kera {

static_assert(kFrameHeaderBytes + codec::client::Append::sbeBlockLength() == Append::kHeadBytes);
static_assert(Append::kHeadBytes % 8 == 0, "the first chunk must be aligned");

void OpenProducer::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::OpenProducer>(buffer, correlation_id, 0, [this](auto& out) {
        out.producerId(producer.value()).producerEpoch(epoch.value());
    });
}

Result<OpenProducer> OpenProducer::decode(const FrameView& frame) {
    return decode_checked<codec::client::OpenProducer>(frame, [](auto& in) {
        return OpenProducer{ProducerId(in.producerId()), ProducerEpoch(in.producerEpoch())};
    });
}

void OpenProducerAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::OpenProducerAnswer>(buffer, correlation_id, 0, [this](auto& out) {
        out.producerId(producer.value()).producerEpoch(epoch.value());
    });
}

Result<OpenProducerAnswer> OpenProducerAnswer::decode(const FrameView& frame) {
    return decode_checked<codec::client::OpenProducerAnswer>(frame, [](auto& in) {
        return OpenProducerAnswer{ProducerId(in.producerId()), ProducerEpoch(in.producerEpoch())};
    });
}

void Append::encode(FrameBuffer& buffer, std::int64_t correlation_id,
                    std::uint32_t data_bytes) const {
    encode_frame<codec::client::Append>(
        buffer, correlation_id, 0,
        [this](auto& out) {
            out.timeoutMs(timeout_ms)
                .chunkCount(chunk_count)
                .ackLevel(as_codec_enum<codec::client::AckLevel::Value>(ack_level))
                .reserved(0);
        },
        data_bytes);
}

Result<Append> Append::decode(const FrameView& frame) {
    return decode_checked<codec::client::Append>(frame, [](auto& in) -> Result<Append> {
        KERA_TRY_ASSIGN(const AckLevel level,
                        known_enum<AckLevel>("ack_level", in.ackLevelRaw(), kAckLevelMax));
        return Append{in.timeoutMs(), in.chunkCount(), level};
    });
}

Result<void> AppendAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id,
                                  std::span<const AppendResult> results) {
    KERA_TRY(check_group("append_chunks", results.size()));
    using Answer = codec::client::AppendAnswer;
    const std::size_t bytes =
        Answer::Results::sbeHeaderSize() + results.size() * Answer::Results::sbeBlockLength();
    encode_frame<Answer>(buffer, correlation_id, bytes, [results](auto& out) {
        auto& group = out.resultsCount(static_cast<std::uint16_t>(results.size()));
        for (const AppendResult& result : results) {
            group.next()
                .baseOffset(result.base_offset.value())
                .appendTimeMs(result.append_time_ms)
                .limitValue(result.limit)
                .value(result.value)
                .retryAfterMs(result.retry_after_ms)
                .code(as_codec_enum<codec::client::ErrorCode::Value>(result.code))
                .duplicate(result.duplicate ? 1 : 0)
                .reserved(0);
        }
    });
    return {};
}

}  // namespace kera
