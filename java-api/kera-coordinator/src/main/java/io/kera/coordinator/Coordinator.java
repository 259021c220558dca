package io.kera.coordinator;

import java.util.function.ToIntFunction;
import org.agrona.DirectBuffer;

/**
 * The state machine on its log: commands go in through {@link #submit}, events come out of {@link #doWork} once they
 * are committed, and a snapshot is taken now and then. One thread, by its duty cycle; owns the log.
 *
 * <p>Until {@link #isReady()} it reads back what was committed before; those events are nobody's answers, and are not
 * handed out.
 */
public final class Coordinator implements AutoCloseable {
    /** Snapshots are taken when a restart would replay this many entries. */
    public static final long ENTRIES_TILL_SNAPSHOT = 10_000;

    private static final long RETRIES_PER_SNAPSHOT = 10;

    private final MetadataCommands commands = new MetadataCommands();
    private final ConsensusLog log;
    private final EventSink sink;
    private final long entriesTillSnapshot;
    private final MetadataStateMachine machine = new MetadataStateMachine(this::onEvent);
    private final ConsensusLog.Follower follower = new Feeding();
    private boolean ready;
    private long snapshotsFailed;
    private long snapshotNotBefore;

    public Coordinator(ConsensusLog log, EventSink sink) {
        this(log, sink, ENTRIES_TILL_SNAPSHOT);
    }

    public Coordinator(ConsensusLog log, EventSink sink, long entriesTillSnapshot) {
        this.log = log;
        this.sink = sink;
        this.entriesTillSnapshot = entriesTillSnapshot;
    }

    /** Whether everything that was committed earlier has been read back. */
    public boolean isReady() {
        return ready;
    }

    public MetadataState state() {
        return machine.state();
    }

    public long nextIndex() {
        return log.nextIndex();
    }

    public long entriesSinceSnapshot() {
        return log.entriesSinceSnapshot();
    }

    /** Offers the command that {@code encode} makes; whether it was taken. If not, try again after the next cycle. */
    public boolean submit(ToIntFunction<MetadataCommands> encode) {
        if (!ready || !log.isLeader()) {
            return false;
        }
        final int length = encode.applyAsInt(commands);
        return log.offer(commands.buffer(), 0, length) >= 0;
    }

    /**
     * One duty cycle.
     *
     * @throws LogUnwritableException what was submitted is forgotten, and nothing is taken until {@link #mend}
     */
    public int doWork() {
        final int work = log.poll(follower);
        ready = true;
        if (log.isLeader()
                && log.entriesSinceSnapshot() >= entriesTillSnapshot
                && log.nextIndex() >= snapshotNotBefore) {
            if (!log.snapshot(machine::snapshot)) {
                snapshotsFailed++;
                snapshotNotBefore = log.nextIndex() + Math.max(1, entriesTillSnapshot / RETRIES_PER_SNAPSHOT);
            }
            return work + 1;
        }
        return work;
    }

    /** Snapshots that could not be written; the log went on without. */
    public long snapshotsFailed() {
        return snapshotsFailed;
    }

    /** Tries to decide again after a {@link LogUnwritableException}; whether it can. */
    public boolean mend() {
        return log.mend(machine::snapshot);
    }

    @Override
    public void close() {
        log.close();
    }

    private void onEvent(DirectBuffer frame, int offset, int length) {
        if (ready) {
            sink.onEvent(frame, offset, length);
        }
    }

    /** From the log into the state machine. */
    private final class Feeding implements ConsensusLog.Follower {
        @Override
        public void onSnapshot(ConsensusLog.SnapshotSource snapshot) {
            final MetadataSnapshotReader reader = MetadataStateMachine.snapshotReader();
            snapshot.forEach(reader);
            machine.restore(reader);
        }

        @Override
        public void onCommitted(long index, long timestampMs, DirectBuffer entry, int offset, int length) {
            machine.apply(timestampMs, entry, offset, length);
        }
    }
}
