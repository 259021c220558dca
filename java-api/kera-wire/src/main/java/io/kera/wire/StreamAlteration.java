package io.kera.wire;

/** What of a stream is to change; each field has a value for "unchanged". Immutable. */
public record StreamAlteration(int streamlets, int lanes, int ackLevelMin, long retentionMs, long retentionBytes) {
    public static final int STREAMLETS_UNCHANGED = 0;
    public static final int LANES_UNCHANGED = 0;
    public static final int ACK_UNCHANGED = 255;
    public static final long RETENTION_UNCHANGED = -2;

    /** Everything that may be altered, as the definition has it. */
    public static StreamAlteration to(StreamDefinition wanted) {
        return new StreamAlteration(
                wanted.streamlets(),
                wanted.lanes(),
                wanted.ackLevelMin(),
                wanted.retentionMs(),
                wanted.retentionBytes());
    }
}
