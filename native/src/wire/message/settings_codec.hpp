// The settings of a stream inside a message. Client, control and file schemas use the same field
// names. Any thread; stateless. Only for wire's sources and the stream file, because nobody else
// includes codecs.
#pragma once

#include "wire/frame/codecs.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

template <class CodecAckLevel, class Out>
void write_settings(Out& out, const StreamSettings& settings) {
    out.streamlets(settings.streamlets)
        .lanes(settings.lanes)
        .ackLevelMin(as_codec_enum<CodecAckLevel>(settings.ack_level_min))
        .segmentBytesMax(settings.segment_bytes_max)
        .groupSegments(settings.group_segments)
        .retentionMs(settings.retention_ms)
        .retentionBytes(settings.retention_bytes)
        .timestampType(settings.timestamp_type);
}

template <class In>
StreamSettings read_settings(In& in) {
    StreamSettings settings;
    settings.streamlets = in.streamlets();
    settings.lanes = in.lanes();
    // Not checked here: requests are checked elsewhere, and an answer may have a level that we do
    // not know.
    settings.ack_level_min = static_cast<AckLevel>(in.ackLevelMinRaw());
    settings.segment_bytes_max = in.segmentBytesMax();
    settings.group_segments = in.groupSegments();
    settings.retention_ms = in.retentionMs();
    settings.retention_bytes = in.retentionBytes();
    settings.timestamp_type = in.timestampType();
    return settings;
}

// Of a request or a file: every number must be a known one.
template <class In>
Result<StreamSettings> known_settings(In& in) {
    KERA_TRY(known_enum<AckLevel>("ack_level_min", in.ackLevelMinRaw(), kAckLevelMax));
    return read_settings(in);
}

}  // namespace kera
