package io.kera.client.produce;

import io.kera.client.errors.KeraException;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The chunk of one streamlet that takes records now.
 *
 * <p>The producer's thread, inside its guard, but for what the lock of {@link SharedChunks} guards. Owns nothing. A
 * record is laid out behind what is committed, where the loop does not look; one compare-and-set makes it count. The
 * loop may close the chunk at any time (linger, flush): then that fails, and the record, still whole behind what is
 * sent, goes into the next one.
 */
public final class OpenChunk {
    private final ChunkSupply supply;
    private final UnsafeBuffer states;
    private final String stream;
    private final int streamHandle;
    private final int streamlet;
    /** Where records go now. */
    private @Nullable SharedChunk current;
    /** Chunks that were opened and have no outcome; with the lock. */
    int unsettled;
    /** Why the streamlet takes nothing any more; with the lock. */
    @Nullable
    KeraException stopped;

    /** {@code streamHandle} is by what messages name the stream. */
    public OpenChunk(ChunkSupply supply, String stream, int streamHandle, int streamlet) {
        this.supply = supply;
        this.states = supply.states();
        this.stream = stream;
        this.streamHandle = streamHandle;
        this.streamlet = streamlet;
        supply.add(this);
    }

    public String stream() {
        return stream;
    }

    public int streamHandle() {
        return streamHandle;
    }

    public int streamlet() {
        return streamlet;
    }

    /** Whether there is a chunk that takes records, as far as is known. */
    public boolean hasMemory() {
        return current != null;
    }

    /** Room for a record behind what is committed; waits until there is some. */
    public SharedChunk reserve(int bytes) {
        final SharedChunk chunk = current;
        if (chunk != null && chunk.fits(bytes) && chunk.isOpen(states)) {
            return chunk;
        }
        return next(bytes, System.currentTimeMillis());
    }

    /** As {@link #reserve(int)}, for a record that brings its own time. */
    public SharedChunk reserve(int bytes, long timestampMs) {
        final SharedChunk before = current;
        final SharedChunk chunk =
                before != null && before.fits(bytes) && before.isOpen(states) && reaches(before, timestampMs)
                        ? before
                        : next(bytes, timestampMs);
        chunk.noteOwnTime(states);
        return chunk;
    }

    /** Makes the reserved record count; one that the loop was quicker than is copied into the next chunk, once. */
    public void commit(int bytes) {
        final SharedChunk reserved = reserved();
        final int from = reserved.position();
        boolean committed = tryCommit(bytes);
        while (!committed) {
            final SharedChunk chunk = reserve(bytes);
            chunk.memory().putBytes(chunk.position(), reserved.memory(), from, bytes);
            committed = tryCommit(bytes);
        }
        afterCommit(bytes);
    }

    /** Makes the reserved record count. False: the loop was quicker, and the record is to be laid out again. */
    public boolean tryCommit(int bytes) {
        final boolean committed = reserved().commit(states, bytes);
        if (!committed) {
            current = null;
        }
        return committed;
    }

    /**
     * For a record whose outcome somebody waits for: the chunk that it is in, unless it was settled meanwhile. REQUIRES:
     * the lock, until {@link #tryCommit}, so that no outcome can come between.
     */
    public @Nullable SharedChunk ask() {
        final SharedChunk chunk = reserved();
        if (chunk.target() != this) {
            current = null;
            return null;
        }
        chunk.noteAsked(states);
        return chunk;
    }

    /** What follows a commit: the loop learns of a new chunk, and of one that no like record fits into. */
    public void afterCommit(int bytes) {
        final SharedChunk chunk = reserved();
        if (chunk.recordCount() == 1) {
            supply.opened(this, chunk);
        }
        if (!chunk.fits(bytes)) {
            send();
        }
    }

    /** Lets the loop have what is committed, unless it has closed the chunk by itself. */
    void send() {
        final SharedChunk chunk = current;
        if (chunk != null && chunk.recordCount() > 0) {
            current = null;
            if (chunk.isOpen(states)) {
                supply.full(chunk);
            }
        }
    }

    void forget(SharedChunk chunk) {
        if (current == chunk) {
            current = null;
        }
    }

    private SharedChunk next(int bytes, long timestampMs) {
        send();
        final SharedChunk empty = current;
        if (empty != null) {
            current = null;
            supply.putBack(empty);
        }
        final SharedChunk chunk = supply.get(this, bytes);
        chunk.begin(this, timestampMs);
        current = chunk;
        return chunk;
    }

    private static boolean reaches(SharedChunk chunk, long timestampMs) {
        final long delta = timestampMs - chunk.firstTimestampMs();
        return delta == (int) delta;
    }

    private SharedChunk reserved() {
        final SharedChunk chunk = current;
        if (chunk == null) {
            throw new IllegalStateException("nothing is reserved: streamlet=" + streamlet);
        }
        return chunk;
    }
}
