package io.kera.client.consume;

/**
 * One streamlet that a consumer reads, and how far it has. The consumer's thread.
 *
 * <p>Batches come with crossings into the library, which are counted. What came with a crossing before a seek or a pause
 * is stale, and not shown any more.
 */
public final class AssignedStreamlet {
    /** Of positions: before the first record of a start that is not an offset. */
    public static final long UNKNOWN = -1;

    private final String stream;
    private final long streamId;
    private final int streamlet;
    private long position = UNKNOWN;
    private long readableHead = UNKNOWN;
    private long staleCrossing = UNKNOWN;
    private boolean paused;

    public AssignedStreamlet(String stream, long streamId, int streamlet) {
        this.stream = stream;
        this.streamId = streamId;
        this.streamlet = streamlet;
    }

    public String stream() {
        return stream;
    }

    public long streamId() {
        return streamId;
    }

    public int streamlet() {
        return streamlet;
    }

    /** The offset of the next record. */
    public long position() {
        return position;
    }

    public void moveTo(long offset) {
        position = offset;
    }

    /** Where the records ended when the broker last answered. */
    public long readableHead() {
        return readableHead;
    }

    public void noteReadableHead(long offset) {
        readableHead = offset;
    }

    public boolean isPaused() {
        return paused;
    }

    public void pause(boolean yes) {
        paused = yes;
    }

    /** What came with that crossing, or an earlier one, is not shown any more. */
    public void drop(long crossing) {
        staleCrossing = crossing;
    }

    public boolean isStale(long crossing) {
        return staleCrossing == crossing;
    }
}
