package io.kera.client;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.session.Refusals;
import io.kera.wire.StreamDefinition;

/**
 * The settings of a stream; immutable.
 *
 * <pre>{@code
 * StreamSettings.DEFAULT.withStreamlets(4).withAckLevelMin(AckLevel.DISK)
 * }</pre>
 *
 * @param streamlets units of order and placement; 1; {@link StreamChange#withStreamlets} gives a stream more
 * @param lanes places of each streamlet where appends run in parallel; 1
 * @param ackLevelMin producers that ask for less get this; {@link AckLevel#NONE}
 * @param appendTimes records bear the time of their append instead of the producer's; false
 * @param segmentBytesMax largest segment; 0: the broker's choice
 * @param groupSegments segments of a group; 0: the broker's choice
 * @param retentionMs how long records are kept; -1: for ever
 * @param retentionBytes how much of a streamlet is kept; -1: no limit
 */
public record StreamSettings(
        int streamlets,
        int lanes,
        AckLevel ackLevelMin,
        boolean appendTimes,
        int segmentBytesMax,
        int groupSegments,
        long retentionMs,
        long retentionBytes) {
    private static final int LANES_MAX = 65_535;

    public static final StreamSettings DEFAULT = new StreamSettings(1, 1, AckLevel.NONE, false, 0, 0, -1, -1);

    public StreamSettings {
        within("streamlets", streamlets, 1, Integer.MAX_VALUE);
        within("lanes", lanes, 1, LANES_MAX);
        within("segment_bytes_max", segmentBytesMax, 0, Integer.MAX_VALUE);
        within("group_segments", groupSegments, 0, Integer.MAX_VALUE);
        within("retention_ms", retentionMs, -1, Long.MAX_VALUE);
        within("retention_bytes", retentionBytes, -1, Long.MAX_VALUE);
    }

    public StreamSettings withStreamlets(int count) {
        return new StreamSettings(
                count, lanes, ackLevelMin, appendTimes, segmentBytesMax, groupSegments, retentionMs, retentionBytes);
    }

    public StreamSettings withLanes(int count) {
        return new StreamSettings(
                streamlets,
                count,
                ackLevelMin,
                appendTimes,
                segmentBytesMax,
                groupSegments,
                retentionMs,
                retentionBytes);
    }

    public StreamSettings withAckLevelMin(AckLevel level) {
        return new StreamSettings(
                streamlets, lanes, level, appendTimes, segmentBytesMax, groupSegments, retentionMs, retentionBytes);
    }

    public StreamSettings withAppendTimes(boolean ofAppend) {
        return new StreamSettings(
                streamlets, lanes, ackLevelMin, ofAppend, segmentBytesMax, groupSegments, retentionMs, retentionBytes);
    }

    public StreamSettings withSegmentBytesMax(int bytes) {
        return new StreamSettings(
                streamlets, lanes, ackLevelMin, appendTimes, bytes, groupSegments, retentionMs, retentionBytes);
    }

    public StreamSettings withGroupSegments(int count) {
        return new StreamSettings(
                streamlets, lanes, ackLevelMin, appendTimes, segmentBytesMax, count, retentionMs, retentionBytes);
    }

    public StreamSettings withRetentionMs(long millis) {
        return new StreamSettings(
                streamlets, lanes, ackLevelMin, appendTimes, segmentBytesMax, groupSegments, millis, retentionBytes);
    }

    public StreamSettings withRetentionBytes(long bytes) {
        return new StreamSettings(
                streamlets, lanes, ackLevelMin, appendTimes, segmentBytesMax, groupSegments, retentionMs, bytes);
    }

    /** A newer broker may have levels that this client does not know. */
    static StreamSettings of(StreamDefinition stream) {
        final AckLevel[] levels = AckLevel.values();
        if (stream.ackLevelMin() >= levels.length) {
            throw KeraException.of(ErrorCode.UNSUPPORTED, "ack_level_min", levels.length - 1L, stream.ackLevelMin());
        }
        return new StreamSettings(
                stream.streamlets(),
                stream.lanes(),
                levels[stream.ackLevelMin()],
                stream.timestampType() != 0,
                (int) stream.segmentBytesMax(),
                (int) stream.groupSegments(),
                stream.retentionMs(),
                stream.retentionBytes());
    }

    StreamDefinition toDefinition(String name) {
        return new StreamDefinition(
                streamlets,
                lanes,
                ackLevelMin.ordinal(),
                appendTimes ? 1 : 0,
                segmentBytesMax,
                groupSegments,
                retentionMs,
                retentionBytes,
                name);
    }

    private static void within(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw Refusals.invalid(what, value < least ? least : most, value);
        }
    }
}
