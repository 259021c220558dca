package io.kera.client.produce;

import io.kera.client.errors.KeraException;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Callbacks of chunks that have their outcome and can run now, and how many more chunks will have some.
 *
 * <p>Any thread that has the lock of the producer's {@link SharedChunks}, but for what says otherwise. Per chunk, never
 * per record.
 */
final class Callbacks {
    private static final int ROOM_MIN = 256;

    private final ArrayDeque<ChunkCallbacks> settled = new ArrayDeque<>();
    private final ArrayDeque<ChunkCallbacks> spare = new ArrayDeque<>();
    /** Chunks without an outcome, of which somebody wants to hear. */
    private final AtomicInteger expected = new AtomicInteger();
    /** How many callbacks a chunk should have room for; it only grows. Any thread. */
    private volatile int room;

    /** Who runs callbacks. */
    private volatile @Nullable Thread thread;

    private long settledCount;
    private long ranCount;

    /** One chunk more will have callbacks; before a record that has one is committed. Any thread. */
    void expect() {
        expected.incrementAndGet();
    }

    /** There will be none. Any thread. */
    void expectNot() {
        expected.decrementAndGet();
    }

    /** Whether there are chunks without an outcome that have callbacks. Any thread. */
    boolean isExpecting() {
        return expected.get() > 0;
    }

    /** The calling thread runs callbacks from now on. */
    void runHere() {
        thread = Thread.currentThread();
    }

    /** Whether the calling thread is the one that runs callbacks. Any thread. */
    boolean areRunHere() {
        return thread == Thread.currentThread();
    }

    /** Chunks that are opened from now on have room for a callback of that record. Any thread. */
    void wantRoom(int record) {
        if (record >= room) {
            room = Math.max(ROOM_MIN, 2 * record);
        }
    }

    int room() {
        return room;
    }

    /** With as much room as is wanted now. */
    ChunkCallbacks get() {
        final int wanted = Math.max(ROOM_MIN, room);
        ChunkCallbacks found = spare.pollLast();
        while (found != null && found.room() < wanted) {
            found = spare.pollLast();
        }
        return found == null ? new ChunkCallbacks(wanted) : found;
    }

    /** They can run. */
    void add(ChunkCallbacks ready) {
        expected.decrementAndGet();
        settled.addLast(ready);
        settledCount++;
        ready.target().notTold.incrementAndGet();
    }

    /** The callbacks of the chunk that was settled first. Run them without the lock, then give them back. Null: none. */
    @Nullable
    ChunkCallbacks poll() {
        return settled.poll();
    }

    /** They have run. */
    void giveBack(ChunkCallbacks ran) {
        ran.target().notTold.decrementAndGet();
        ran.clear();
        ranCount++;
        spare.addLast(ran);
    }

    boolean hasSettled() {
        return !settled.isEmpty();
    }

    /** Chunks that have had their outcome so far. */
    long settledCount() {
        return settledCount;
    }

    /** Whether the callbacks of so many chunks have run. */
    boolean haveRun(long count) {
        return ranCount >= count;
    }

    /** The chunk has its outcome. REQUIRES: the lock. */
    void settle(
            SharedChunk chunk,
            OpenChunk target,
            int records,
            long baseOffset,
            long appendTimeMs,
            boolean duplicate,
            @Nullable KeraException why) {
        target.unsettled.decrementAndGet();
        final ChunkCallbacks settled = chunk.settle();
        if (settled != null) {
            settled.settle(target, records, baseOffset, appendTimeMs, duplicate, why);
            add(settled);
        }
    }
}
