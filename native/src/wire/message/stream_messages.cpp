// Codecs of the messages about streams.
// Any thread; stateless.
#include "wire/message/stream_messages.hpp"

#include <algorithm>

#include "kera_codec_client/AlterStream.h"
#include "kera_codec_client/CreateStream.h"
#include "kera_codec_client/DeleteBefore.h"
#include "kera_codec_client/DeleteStream.h"
#include "kera_codec_client/DescribeStream.h"
#include "kera_codec_client/DoneAnswer.h"
#include "kera_codec_client/ListStreams.h"
#include "kera_codec_client/StreamAnswer.h"
#include "kera_codec_client/StreamGrown.h"
#include "kera_codec_client/StreamListAnswer.h"
#include "wire/frame/codecs.hpp"
#include "wire/message/settings_codec.hpp"

namespace kera {

Result<void> CreateStream::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    KERA_TRY(check_text("stream_name_bytes", name.size()));
    encode_frame<codec::client::CreateStream>(
        buffer, correlation_id, text_bytes(name), [this](auto& out) {
            out.streamId(stream.value());
            write_settings<codec::client::AckLevel::Value>(out, settings);
            out.putName(name);
        });
    return {};
}

Result<CreateStream> CreateStream::decode(const FrameView& frame) {
    return decode_checked<codec::client::CreateStream>(frame, [](auto& in) -> Result<CreateStream> {
        CreateStream create;
        create.stream = StreamId(in.streamId());
        KERA_TRY_ASSIGN(create.settings, known_settings(in));
        create.name = std::string(in.getNameAsStringView());
        return create;
    });
}

void AlterStream::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::AlterStream>(buffer, correlation_id, 0, [this](auto& out) {
        out.streamId(stream.value())
            .lanes(lanes)
            .ackLevelMin(ack_level_min)
            .retentionMs(retention_ms)
            .retentionBytes(retention_bytes)
            .streamlets(streamlets);
    });
}

Result<AlterStream> AlterStream::decode(const FrameView& frame) {
    return decode_checked<codec::client::AlterStream>(frame, [](auto& in) {
        AlterStream alter;
        alter.stream = StreamId(in.streamId());
        alter.lanes = in.lanes();
        alter.ack_level_min = in.ackLevelMin();
        alter.retention_ms = in.retentionMs();
        alter.retention_bytes = in.retentionBytes();
        alter.streamlets = in.streamletsInActingVersion() ? in.streamlets() : 0;
        return alter;
    });
}

void DeleteStream::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::DeleteStream>(buffer, correlation_id, 0,
                                              [this](auto& out) { out.streamId(stream.value()); });
}

Result<DeleteStream> DeleteStream::decode(const FrameView& frame) {
    return decode_checked<codec::client::DeleteStream>(
        frame, [](auto& in) { return DeleteStream{StreamId(in.streamId())}; });
}

void DeleteBefore::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::DeleteBefore>(buffer, correlation_id, 0, [this](auto& out) {
        out.streamId(stream.value()).recordOffset(offset.value()).streamletId(streamlet.value());
    });
}

Result<DeleteBefore> DeleteBefore::decode(const FrameView& frame) {
    return decode_checked<codec::client::DeleteBefore>(frame, [](auto& in) {
        return DeleteBefore{StreamId(in.streamId()), StreamletId(in.streamletId()),
                            Offset(in.recordOffset())};
    });
}

void ListStreams::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::ListStreams>(
        buffer, correlation_id, 0, [this](auto& out) { out.afterStreamId(after.value()); });
}

Result<ListStreams> ListStreams::decode(const FrameView& frame) {
    return decode_checked<codec::client::ListStreams>(frame, [](auto& in) {
        // Without the field, from the beginning: no id is below 1.
        return ListStreams{StreamId(std::max(in.afterStreamId(), std::int64_t{0}))};
    });
}

Result<void> DescribeStream::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    KERA_TRY(check_text("stream_name_bytes", name.size()));
    encode_frame<codec::client::DescribeStream>(buffer, correlation_id, text_bytes(name),
                                                [this](auto& out) {
                                                    out.streamId(stream.value());
                                                    out.putName(name);
                                                });
    return {};
}

Result<DescribeStream> DescribeStream::decode(const FrameView& frame) {
    return decode_checked<codec::client::DescribeStream>(frame, [](auto& in) {
        return DescribeStream{StreamId(in.streamId()), std::string(in.getNameAsStringView())};
    });
}

Result<void> StreamAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    KERA_TRY(check_text("stream_name_bytes", name.size()));
    encode_frame<codec::client::StreamAnswer>(
        buffer, correlation_id, text_bytes(name), [this](auto& out) {
            out.streamId(stream.value()).term(term.value());
            write_settings<codec::client::AckLevel::Value>(out, settings);
            out.putName(name);
        });
    return {};
}

Result<StreamAnswer> StreamAnswer::decode(const FrameView& frame) {
    return decode_checked<codec::client::StreamAnswer>(frame, [](auto& in) {
        StreamAnswer answer;
        answer.stream = StreamId(in.streamId());
        answer.term = Term(in.term());
        answer.settings = read_settings(in);
        answer.name = std::string(in.getNameAsStringView());
        return answer;
    });
}

std::size_t StreamListAnswer::entry_bytes(const Entry& entry) noexcept {
    return codec::client::StreamListAnswer::Streams::sbeBlockLength() + text_bytes(entry.name);
}

Result<void> StreamListAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    KERA_TRY(check_group("streams", streams.size()));
    using List = codec::client::StreamListAnswer;
    std::size_t bytes = List::Streams::sbeHeaderSize();
    for (const Entry& entry : streams) {
        KERA_TRY(check_text("stream_name_bytes", entry.name.size()));
        bytes += entry_bytes(entry);
    }
    encode_frame<List>(buffer, correlation_id, bytes, [this](auto& out) {
        out.more(more ? 1 : 0);
        auto& group = out.streamsCount(static_cast<std::uint16_t>(streams.size()));
        for (const Entry& entry : streams) {
            group.next().streamId(entry.stream.value()).streamlets(entry.streamlets);
            group.putName(entry.name);
        }
    });
    return {};
}

Result<StreamListAnswer> StreamListAnswer::decode(const FrameView& frame) {
    return decode_checked<codec::client::StreamListAnswer>(frame, [](auto& in) {
        StreamListAnswer answer;
        answer.more = in.more() == 1;
        auto& group = in.streams();
        while (group.hasNext()) {
            next_entry(group);
            answer.streams.push_back({StreamId(group.streamId()), group.streamlets(),
                                      std::string(group.getNameAsStringView())});
        }
        return answer;
    });
}

void StreamGrown::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::StreamGrown>(buffer, correlation_id, 0, [this](auto& out) {
        out.streamId(stream.value()).streamlets(streamlets);
    });
}

Result<StreamGrown> StreamGrown::decode(const FrameView& frame) {
    return decode_checked<codec::client::StreamGrown>(
        frame, [](auto& in) { return StreamGrown{StreamId(in.streamId()), in.streamlets()}; });
}

void DoneAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::DoneAnswer>(buffer, correlation_id, 0,
                                            [this](auto& out) { out.value(value); });
}

Result<DoneAnswer> DoneAnswer::decode(const FrameView& frame) {
    return decode_checked<codec::client::DoneAnswer>(
        frame, [](auto& in) { return DoneAnswer{in.value()}; });
}

}  // namespace kera
