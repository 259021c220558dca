package io.kera.client.produce;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The chunk of one streamlet that takes records of many threads now.
 *
 * <p>Any thread. Owns nothing. A thread reserves room by a compare-and-set, writes its record there, and commits it by
 * an addition; no thread waits for another one's record. Only one opens the next chunk, with the lock {@code opening}:
 * it writes its record there before others see the chunk, so nothing is ever sent without a record.
 */
public final class ConcurrentOpenChunk extends OpenChunk {
    private static final int SPINS = 100;

    private final ChunkSupply supply;
    private final ReentrantLock opening = new ReentrantLock();
    /** Where records go now; it may be closed, or be another streamlet's already: see {@link SharedChunk#reserve}. */
    private volatile @Nullable SharedChunk current;

    /** Odd while a chunk takes records that the loop has not been told of; changed with {@link #opening}. */
    private final AtomicLong publishing = new AtomicLong();

    /** Some thread could not write what it had reserved. */
    private volatile boolean broken;

    /** {@code streamHandle} is by what messages name the stream. Tell the supply of it. */
    public ConcurrentOpenChunk(ChunkSupply supply, String stream, int streamHandle, int streamlet) {
        super(stream, streamHandle, streamlet);
        this.supply = supply;
    }

    @Override
    public boolean hasMemory() {
        final SharedChunk chunk = current;
        return chunk != null && chunk.isShared();
    }

    /** Where to reserve; null: nowhere. */
    @Nullable
    SharedChunk current() {
        return current;
    }

    /**
     * Sends a record; waits for memory, if need be.
     *
     * @param ownTime whether it brings its own time, {@code timestampMs}
     * @param callback null: nobody waits for its outcome
     */
    public <R> void send(
            RecordWriter<R> writer, R record, int bytes, boolean ownTime, long timestampMs, @Nullable Object callback) {
        while (!add(writer, record, bytes, ownTime, timestampMs, callback)
                && !open(writer, record, bytes, ownTime, timestampMs, callback)) {
            // Another thread has opened a chunk, and others have filled it.
        }
    }

    /** Adds the record to the chunk that is open. False: it takes no such record. */
    private <R> boolean add(
            RecordWriter<R> writer, R record, int bytes, boolean ownTime, long timestampMs, @Nullable Object callback) {
        final SharedChunk chunk = current;
        if (chunk == null) {
            return false;
        }
        final long reserved = chunk.reserve(this, bytes, callback != null, ownTime, timestampMs);
        if (reserved == SharedChunk.NOT_RESERVED) {
            return false;
        }
        final boolean first;
        final long committed;
        try {
            first = write(writer, record, chunk, reserved, bytes, ownTime, timestampMs, callback);
            committed = chunk.add(bytes);
        } catch (Throwable e) {
            // No calls here: there may be no stack left for them.
            synchronized (chunk) {
                chunk.unwrittenBytes += bytes;
                chunk.unwrittenRecords++;
            }
            broken = true;
            if (!(e instanceof VirtualMachineError)) {
                repair();
            }
            throw e;
        }
        if (first) {
            supply.expected();
        }
        if (chunk.isComplete(reserved, committed)) {
            supply.full(chunk, 0);
        }
        return true;
    }

    /** True: its callback is the first one of the chunk. */
    private <R> boolean write(
            RecordWriter<R> writer,
            R record,
            SharedChunk chunk,
            long reserved,
            int bytes,
            boolean ownTime,
            long timestampMs,
            @Nullable Object callback) {
        int delta = 0;
        if (ownTime) {
            delta = (int) (timestampMs - chunk.firstTimestampMs());
            chunk.bringOwnTimeOfMany();
        }
        writer.write(record, chunk.memory(), ChunkWord.bytes(reserved), bytes, delta);
        return callback != null && supply.expectOfMany(chunk, ChunkWord.records(reserved), callback);
    }

    /** Opens the next chunk, with the record as its first. False: another thread has opened one. */
    private <R> boolean open(
            RecordWriter<R> writer, R record, int bytes, boolean ownTime, long timestampMs, @Nullable Object callback) {
        StackRoom.require();
        repairIfBroken();
        final SharedChunk seen = current;
        if (callback != null) {
            supply.noteCallback(seen);
        }
        final long deadline = supply.deadline();
        supply.awaitCallbacks(this, deadline);
        if (!lockUnlessChanged(seen, deadline)) {
            return false;
        }
        try {
            if (current != seen) {
                return false;
            }
            final long firstMs = ownTime ? timestampMs : System.currentTimeMillis();
            final SharedChunk chunk = supply.getForThreads(this, bytes, firstMs, deadline);
            try {
                write(writer, record, chunk, chunk.firstReserved(), bytes, ownTime, timestampMs, callback);
            } catch (Throwable e) {
                chunk.expectNotOfMany(0);
                supply.putBack(chunk);
                throw e;
            }
            current = publish(chunk, bytes);
        } finally {
            opening.unlock();
        }
        supply.wake();
        if (callback != null) {
            supply.expected();
        }
        return true;
    }

    /** Null: nobody may add to it. */
    private @Nullable SharedChunk publish(SharedChunk chunk, int bytes) {
        publishing.incrementAndGet();
        try {
            return supply.publish(this, chunk, bytes) ? chunk : null;
        } finally {
            publishing.incrementAndGet();
        }
    }

    @Override
    void awaitPublished() {
        final long seen = publishing.get();
        while ((seen & 1) != 0 && publishing.get() == seen) {
            Thread.yield();
        }
    }

    @Override
    void send() {
        repairIfBroken();
        final SharedChunk chunk = current;
        if (chunk != null && chunk.isShared()) {
            supply.full(chunk, 0);
        }
    }

    @Override
    void forget(SharedChunk chunk) {
        // It finds out by itself: the chunk names another streamlet.
    }

    /** Until no thread opens a chunk. REQUIRES: the supply refuses. */
    @Override
    void awaitOpening() {
        opening.lock();
        try {
            // Whoever opened one has done so.
        } finally {
            opening.unlock();
        }
    }

    @Override
    void repairIfBroken() {
        if (broken) {
            repair();
        }
    }

    private void repair() {
        StackRoom.require();
        broken = false;
        supply.spoil(this);
    }

    /** False: what was seen is not current any more. */
    private boolean lockUnlessChanged(@Nullable SharedChunk seen, long deadline) {
        for (int spins = 0; spins < SPINS; spins++) {
            if (opening.tryLock()) {
                return true;
            }
            if (current != seen) {
                return false;
            }
            Thread.onSpinWait();
        }
        supply.take(opening, deadline);
        return true;
    }
}
