package io.kera.wire;

/**
 * A stream's settings and name, as it was created or last altered. Immutable.
 *
 * @param ackLevelMin see {@link AckLevels}
 * @param timestampType 0 the producer's, 1 the time of append
 * @param segmentBytesMax 0: the broker's default
 * @param groupSegments 0: the broker's default
 * @param retentionMs -1: for ever
 * @param retentionBytes of a streamlet; -1: no limit
 */
public record StreamDefinition(
        int streamlets,
        int lanes,
        int ackLevelMin,
        int timestampType,
        long segmentBytesMax,
        long groupSegments,
        long retentionMs,
        long retentionBytes,
        String name) {
    /** One streamlet, one lane, kept for ever, at the broker's own sizes. */
    public static StreamDefinition named(String name) {
        return new StreamDefinition(1, 1, AckLevels.NONE, 0, 0, 0, -1, -1, name);
    }

    /** Changed where an argument is not the value that stands for "unchanged". */
    public StreamDefinition altered(StreamAlteration change) {
        return new StreamDefinition(
                change.streamlets() == StreamAlteration.STREAMLETS_UNCHANGED ? streamlets : change.streamlets(),
                change.lanes() == StreamAlteration.LANES_UNCHANGED ? lanes : change.lanes(),
                change.ackLevelMin() == StreamAlteration.ACK_UNCHANGED ? ackLevelMin : change.ackLevelMin(),
                timestampType,
                segmentBytesMax,
                groupSegments,
                change.retentionMs() == StreamAlteration.RETENTION_UNCHANGED ? retentionMs : change.retentionMs(),
                change.retentionBytes() == StreamAlteration.RETENTION_UNCHANGED
                        ? retentionBytes
                        : change.retentionBytes(),
                name);
    }
}
