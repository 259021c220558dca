package io.kera.client;

/** One streamlet that a consumer reads, and how far it has. The consumer's thread. */
final class Assignment {
    static final long UNKNOWN = -1;

    final String stream;
    final long streamId;
    final int streamlet;
    /** Of the next record; {@link #UNKNOWN} before the first one of a start that is not an offset. */
    long position = UNKNOWN;
    /** Where the records ended when the broker last answered. */
    long readableHead = UNKNOWN;
    /** Batches that came with this crossing, or an earlier one, were asked for before a seek. */
    long staleCrossing = UNKNOWN;

    boolean paused;

    Assignment(String stream, long streamId, int streamlet) {
        this.stream = stream;
        this.streamId = streamId;
        this.streamlet = streamlet;
    }
}
