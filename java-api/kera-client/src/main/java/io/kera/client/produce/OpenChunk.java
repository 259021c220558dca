package io.kera.client.produce;

import io.kera.client.errors.KeraException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One streamlet as a producer writes to it: by what messages name it, and how much of it is on its way.
 *
 * <p>Any thread; its numbers belong to who has the lock of {@link SharedChunks}.
 */
public abstract sealed class OpenChunk permits ExclusiveOpenChunk, ConcurrentOpenChunk {
    private final String stream;
    private final int streamHandle;
    private final int streamlet;

    /** Chunks that were opened and have no outcome; changed with the lock. */
    final AtomicInteger unsettled = new AtomicInteger();
    /** Chunks with an outcome whose callbacks have not run; changed with the lock. */
    final AtomicInteger notTold = new AtomicInteger();
    /** Why the streamlet takes nothing any more; with the lock. */
    @Nullable
    KeraException stopped;
    /** Messages of the loop that were read when a chunk was asked for last; who asks for one. */
    long messagesSeen;
    /** Waits until callbacks have run; there is one at most. */
    @Nullable
    volatile Thread waiting;

    OpenChunk(String stream, int streamHandle, int streamlet) {
        this.stream = stream;
        this.streamHandle = streamHandle;
        this.streamlet = streamlet;
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
    public abstract boolean hasMemory();

    /** Lets the loop have what is committed. */
    abstract void send();

    /** The loop lent a chunk to another streamlet that was this one's. */
    abstract void forget(SharedChunk chunk);

    /** Until the loop can learn of each chunk that has a record now. */
    abstract void awaitPublished();

    /** Until no thread that could add a record opens a chunk. */
    abstract void awaitOpening();

    /** Commits what threads have reserved and could not write, so that the chunk fails, and does not wait for ever. */
    abstract void repairIfBroken();
}
