package io.kera.coordinator;

import io.kera.wire.AckLevels;
import io.kera.wire.StreamDefinition;
import java.nio.charset.StandardCharsets;
import kera.codec.metadata.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * What a stream's definition may be. The same limits, names and words as the core's catalog, which checks again; a
 * refusal reads alike whoever finds it. Any thread; owns nothing.
 */
public final class StreamRules {
    static final int NAME_BYTES_MAX = 249;
    /** A stream's file in the core has room for one start offset each. */
    static final int STREAMLETS_MAX = 65_534;

    private static final int STREAMLETS_KEPT_MAX = 65_536;

    static final int STREAMS_MAX = 65_536;
    /** The greatest id that a client may choose; ids that are given out go on behind the greatest one in use. */
    public static final long STREAM_ID_MAX = 1L << 61;

    static final int LANES_MAX = 64;
    static final long SEGMENT_BYTES_MAX = 256L << 20;
    static final int GROUP_SEGMENTS_MAX = 1_024;

    private StreamRules() {}

    /** Of a stream to be. */
    static @Nullable Refusal check(StreamDefinition stream) {
        return check(stream, STREAMLETS_MAX);
    }

    /** Of one that is there, perhaps from before the core had a bound: it is kept, and the core says what is wrong. */
    static @Nullable Refusal checkKept(StreamDefinition stream) {
        return check(stream, STREAMLETS_KEPT_MAX);
    }

    private static @Nullable Refusal check(StreamDefinition stream, int streamletsMax) {
        final @Nullable Refusal[] found = {
            checkName(stream.name()),
            Refusal.unlessWithin("streamlets", stream.streamlets(), 1, streamletsMax),
            Refusal.unlessWithin("lanes", stream.lanes(), 1, LANES_MAX),
            Refusal.unlessWithin("timestamp_type", stream.timestampType(), 0, 1),
            Refusal.unlessWithin("segment_bytes_max", stream.segmentBytesMax(), 0, SEGMENT_BYTES_MAX),
            Refusal.unlessWithin("group_segments", stream.groupSegments(), 0, GROUP_SEGMENTS_MAX),
            Refusal.unlessWithin("retention_ms", stream.retentionMs(), -1, Long.MAX_VALUE),
            Refusal.unlessWithin("retention_bytes", stream.retentionBytes(), -1, Long.MAX_VALUE),
            Refusal.unlessWithin("ack_level_min", stream.ackLevelMin(), 0, AckLevels.DISK)
        };
        for (final Refusal refusal : found) {
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    private static @Nullable Refusal checkName(String name) {
        final int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > NAME_BYTES_MAX) {
            return new Refusal(ErrorCode.INVALID_ARGUMENT, "stream_name_bytes", NAME_BYTES_MAX, bytes);
        }
        if (!name.chars().allMatch(StreamRules::isPlain) || ".".equals(name) || "..".equals(name)) {
            return new Refusal(ErrorCode.INVALID_ARGUMENT, "stream_name_letters", 0, 0);
        }
        return null;
    }

    private static boolean isPlain(int letter) {
        return (letter >= 'a' && letter <= 'z')
                || (letter >= 'A' && letter <= 'Z')
                || (letter >= '0' && letter <= '9')
                || letter == '.'
                || letter == '_'
                || letter == '-';
    }
}
