package io.kera.client;

import io.kera.wire.StreamAlteration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A change of a stream's settings; immutable. Empty settings stay unchanged.
 *
 * @param streamlets at least as many as now; see {@link #withStreamlets}
 * @param lanes at least as many as now
 */
public record StreamChange(
        OptionalInt streamlets,
        OptionalInt lanes,
        Optional<AckLevel> ackLevelMin,
        OptionalLong retentionMs,
        OptionalLong retentionBytes) {
    /** Changes nothing. Begin with it, and add changes. */
    public static final StreamChange NONE = new StreamChange(
            OptionalInt.empty(), OptionalInt.empty(), Optional.empty(), OptionalLong.empty(), OptionalLong.empty());

    /**
     * So many streamlets, at least as many as now; 0 leaves them unchanged. A stream never gets fewer. Producers that are
     * open use the new ones, and consumers that read the whole stream read them, from their beginning.
     *
     * <p>The key of a record chooses among all streamlets. So most keys go to another streamlet than before. Records of a
     * key keep their order within what was written before the change, and within what was written after it, but not
     * between the two. A producer that is open goes on as before for a moment.
     */
    public StreamChange withStreamlets(int count) {
        final OptionalInt wanted =
                count == StreamAlteration.STREAMLETS_UNCHANGED ? OptionalInt.empty() : OptionalInt.of(count);
        return new StreamChange(wanted, lanes, ackLevelMin, retentionMs, retentionBytes);
    }

    public StreamChange withLanes(int count) {
        return new StreamChange(streamlets, OptionalInt.of(count), ackLevelMin, retentionMs, retentionBytes);
    }

    public StreamChange withAckLevelMin(AckLevel level) {
        return new StreamChange(streamlets, lanes, Optional.of(level), retentionMs, retentionBytes);
    }

    public StreamChange withRetentionMs(long millis) {
        return new StreamChange(streamlets, lanes, ackLevelMin, OptionalLong.of(millis), retentionBytes);
    }

    public StreamChange withRetentionBytes(long bytes) {
        return new StreamChange(streamlets, lanes, ackLevelMin, retentionMs, OptionalLong.of(bytes));
    }

    StreamAlteration toAlteration() {
        return new StreamAlteration(
                streamlets.orElse(StreamAlteration.STREAMLETS_UNCHANGED),
                lanes.orElse(StreamAlteration.LANES_UNCHANGED),
                ackLevelMin.map(AckLevel::ordinal).orElse(StreamAlteration.ACK_UNCHANGED),
                retentionMs.orElse(StreamAlteration.RETENTION_UNCHANGED),
                retentionBytes.orElse(StreamAlteration.RETENTION_UNCHANGED));
    }
}
