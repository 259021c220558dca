// The settings of a stream inside a message: client, control and file schemas spell their fields
// alike. Any thread; stateless. For wire's sources and for the stream file; nobody else sees
// codecs.
#pragma once

#include "wire/codecs.hpp"
#include "wire/stream_messages.hpp"

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
    settings.ack_level_min = static_cast<AckLevel>(in.ackLevelMin());
    settings.segment_bytes_max = in.segmentBytesMax();
    settings.group_segments = in.groupSegments();
    settings.retention_ms = in.retentionMs();
    settings.retention_bytes = in.retentionBytes();
    settings.timestamp_type = in.timestampType();
    return settings;
}

}  // namespace kera
