package io.kera.client.produce;

import org.jspecify.annotations.Nullable;

/**
 * The chunk of one streamlet that takes records of one thread now.
 *
 * <p>The producer's thread, inside its guard. Owns nothing. A record is laid out behind what is committed, where the loop
 * does not look; one compare-and-set makes it count. The loop may close the chunk at any time (linger, flush): then that
 * fails, and the record, still whole behind what is sent, goes into the next one.
 */
public final class ExclusiveOpenChunk extends OpenChunk {
    private final ChunkSupply supply;
    /** Where records go now. */
    private @Nullable SharedChunk current;

    /** {@code streamHandle} is by what messages name the stream. Tell the supply of it. */
    public ExclusiveOpenChunk(ChunkSupply supply, String stream, int streamHandle, int streamlet) {
        super(stream, streamHandle, streamlet);
        this.supply = supply;
    }

    @Override
    public boolean hasMemory() {
        return current != null;
    }

    /** Room for a record behind what is committed; waits until there is some. */
    public SharedChunk reserve(int bytes) {
        final SharedChunk chunk = current;
        if (chunk != null && chunk.fits(bytes) && chunk.isOpen()) {
            return chunk;
        }
        return next(bytes, System.currentTimeMillis());
    }

    /** As {@link #reserve(int)}, for a record that brings its own time. */
    public SharedChunk reserve(int bytes, long timestampMs) {
        final SharedChunk before = current;
        final SharedChunk chunk = before != null && before.fits(bytes) && before.isOpen() && before.reaches(timestampMs)
                ? before
                : next(bytes, timestampMs);
        chunk.bringOwnTime();
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
        final boolean committed = reserved().commit(bytes);
        if (!committed) {
            current = null;
        }
        return committed;
    }

    /** As {@link #tryCommit(int)}, for a record whose outcome somebody waits for. */
    public boolean tryCommit(int bytes, Object callback) {
        final boolean committed = supply.tryCommit(this, reserved(), bytes, callback);
        if (!committed) {
            current = null;
        }
        return committed;
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

    @Override
    void send() {
        final SharedChunk chunk = current;
        if (chunk != null && chunk.recordCount() > 0) {
            current = null;
            if (chunk.isOpen()) {
                supply.full(chunk, chunk.position());
            }
        }
    }

    @Override
    void forget(SharedChunk chunk) {
        if (current == chunk) {
            current = null;
        }
    }

    @Override
    void awaitPublished() {
        // Its one thread tells the loop before it goes on.
    }

    @Override
    void awaitOpening() {
        // Its one thread is elsewhere.
    }

    @Override
    void repairIfBroken() {
        // Its one thread writes what it has reserved before it goes on.
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

    private SharedChunk reserved() {
        final SharedChunk chunk = current;
        if (chunk == null) {
            throw new IllegalStateException("nothing is reserved: streamlet=" + streamlet());
        }
        return chunk;
    }
}
