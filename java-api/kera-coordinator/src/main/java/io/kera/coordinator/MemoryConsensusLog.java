package io.kera.coordinator;

import java.util.ArrayDeque;
import java.util.function.LongSupplier;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A log that forgets: for nodes that keep nothing on disk. One thread; the clock is handed in. */
public final class MemoryConsensusLog implements ConsensusLog {
    private final ArrayDeque<UnsafeBuffer> offered = new ArrayDeque<>();
    private final LongSupplier clockMs;
    private long nextIndex;
    private long snapshotIndex;
    private boolean closed;

    public MemoryConsensusLog(LongSupplier clockMs) {
        this.clockMs = clockMs;
    }

    @Override
    public long offer(DirectBuffer command, int offset, int length) {
        if (closed) {
            return CLOSED;
        }
        final UnsafeBuffer copy = new UnsafeBuffer(new byte[length]);
        copy.putBytes(0, command, offset, length);
        offered.add(copy);
        return nextIndex + offered.size() - 1;
    }

    @Override
    public int poll(Follower follower) {
        int delivered = 0;
        for (UnsafeBuffer entry = offered.poll(); entry != null; entry = offered.poll()) {
            follower.onCommitted(nextIndex++, clockMs.getAsLong(), entry, 0, entry.capacity());
            delivered++;
        }
        return delivered;
    }

    @Override
    public boolean isLeader() {
        return !closed;
    }

    @Override
    public long nextIndex() {
        return nextIndex;
    }

    @Override
    public long entriesSinceSnapshot() {
        return nextIndex - snapshotIndex;
    }

    @Override
    public boolean snapshot(SnapshotSource frames) {
        snapshotIndex = nextIndex;
        return true;
    }

    @Override
    public void close() {
        closed = true;
    }
}
