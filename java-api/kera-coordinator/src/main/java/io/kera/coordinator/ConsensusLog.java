package io.kera.coordinator;

import org.agrona.DirectBuffer;

/**
 * The one order of commands. A member offers; what is committed is delivered to every member, in the same order, by
 * {@link #poll}. Shaped for Aeron Cluster: offering may fail and is to be tried again, only a leader's offers are
 * taken, time is the log's.
 *
 * <p>One thread for everything; nothing here waits for another member.
 */
public interface ConsensusLog extends AutoCloseable {
    /** Try again after the next {@link #poll}. */
    long BACK_PRESSURED = -1;

    /** Another member takes commands; see {@link #isLeader()}. */
    long NOT_LEADER = -2;

    /** Nothing will be taken any more. */
    long CLOSED = -3;

    /** Largest command. */
    int COMMAND_BYTES_MAX = 1 << 20;

    /** Takes a snapshot, if there is one, then entries. */
    interface Follower {
        /** Before everything else, at most once: frames of the newest snapshot. */
        void onSnapshot(SnapshotSource snapshot);

        /** A committed entry. The bytes are the log's again afterwards. */
        void onCommitted(long index, long timestampMs, DirectBuffer entry, int offset, int length);
    }

    /** Hands over the frames of a snapshot. */
    @FunctionalInterface
    interface SnapshotSource {
        void forEach(EventSink frame);
    }

    /** Returns the entry's index, or one of the negative answers above. Copied before it returns. */
    long offer(DirectBuffer command, int offset, int length);

    /**
     * Commits and delivers; returns how many entries were delivered.
     *
     * @throws LogUnwritableException what was offered is forgotten, and nothing is taken until {@link #mend}
     */
    int poll(Follower follower);

    /** Whether offers are taken here. */
    boolean isLeader();

    /** Index of the entry after the last one that was delivered. */
    long nextIndex();

    /** How many entries a restart would have to replay: when to take a snapshot. */
    long entriesSinceSnapshot();

    /**
     * Keeps what the frames say instead of the entries delivered so far. Nothing may be offered and undelivered. False:
     * that could not be written, and the log goes on without.
     *
     * @throws LogUnwritableException half of it was, and nothing is taken until {@link #mend}
     */
    boolean snapshot(SnapshotSource frames);

    /**
     * Tries to take offers again after a {@link LogUnwritableException}, with a snapshot of what was delivered. Whether it
     * does.
     */
    default boolean mend(SnapshotSource frames) {
        return isLeader();
    }

    @Override
    void close();
}
