package io.kera.client;

import io.kera.wire.StreamAlteration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A change of a stream's settings; immutable. Empty settings stay unchanged.
 *
 * @param lanes at least as many as now
 */
public record StreamChange(
        OptionalInt lanes, Optional<AckLevel> ackLevelMin, OptionalLong retentionMs, OptionalLong retentionBytes) {
    /** Changes nothing. Begin with it, and add changes. */
    public static final StreamChange NONE =
            new StreamChange(OptionalInt.empty(), Optional.empty(), OptionalLong.empty(), OptionalLong.empty());

    public StreamChange withLanes(int count) {
        return new StreamChange(OptionalInt.of(count), ackLevelMin, retentionMs, retentionBytes);
    }

    public StreamChange withAckLevelMin(AckLevel level) {
        return new StreamChange(lanes, Optional.of(level), retentionMs, retentionBytes);
    }

    public StreamChange withRetentionMs(long millis) {
        return new StreamChange(lanes, ackLevelMin, OptionalLong.of(millis), retentionBytes);
    }

    public StreamChange withRetentionBytes(long bytes) {
        return new StreamChange(lanes, ackLevelMin, retentionMs, OptionalLong.of(bytes));
    }

    StreamAlteration toAlteration() {
        return new StreamAlteration(
                lanes.orElse(StreamAlteration.LANES_UNCHANGED),
                ackLevelMin.map(AckLevel::ordinal).orElse(StreamAlteration.ACK_UNCHANGED),
                retentionMs.orElse(StreamAlteration.RETENTION_UNCHANGED),
                retentionBytes.orElse(StreamAlteration.RETENTION_UNCHANGED));
    }
}
