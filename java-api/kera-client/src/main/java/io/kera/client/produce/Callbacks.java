package io.kera.client.produce;

import io.kera.client.errors.KeraException;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Callbacks of records that have no outcome yet, by the shared chunk of the record; and callbacks that can run now.
 *
 * <p>Any thread that has the lock of the producer's {@link SharedChunks}.
 *
 * @param <C> what a user gives to hear of an outcome; this package stores it, and does not call it
 */
public final class Callbacks<C> implements SharedChunks.OutcomeListener {
    private @Nullable ChunkCallbacks<C>[] waiting = newTable();
    private final ArrayDeque<ChunkCallbacks<C>> settled = new ArrayDeque<>();
    private final ArrayDeque<ChunkCallbacks<C>> spare = new ArrayDeque<>();
    private long pending;

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <C> @Nullable ChunkCallbacks<C>[] newTable() {
        return new ChunkCallbacks[64];
    }

    /** For a record that is about to be committed. */
    public void add(int chunk, int record, C callback) {
        if (chunk >= waiting.length) {
            waiting = Arrays.copyOf(waiting, 2 * chunk);
        }
        ChunkCallbacks<C> callbacks = waiting[chunk];
        if (callbacks == null) {
            callbacks = spare.isEmpty() ? new ChunkCallbacks<>() : spare.pollLast();
            waiting[chunk] = callbacks;
        }
        callbacks.add(record, callback);
        pending++;
    }

    /** It was not committed. */
    public void removeLast(int chunk) {
        final ChunkCallbacks<C> callbacks = waiting[chunk];
        if (callbacks != null) {
            callbacks.removeLast();
            pending--;
        }
    }

    @Override
    public void onOutcome(
            int chunk,
            OpenChunk target,
            long baseOffset,
            long appendTimeMs,
            boolean duplicate,
            @Nullable KeraException error) {
        final ChunkCallbacks<C> callbacks = chunk < waiting.length ? waiting[chunk] : null;
        if (callbacks != null) {
            callbacks.settle(target, baseOffset, appendTimeMs, duplicate, error);
            settled.addLast(callbacks);
            waiting[chunk] = null;
        }
    }

    /** The callbacks of the chunk that was settled first. Run them without the lock, then give them back. Null: none. */
    public @Nullable ChunkCallbacks<C> poll() {
        return settled.poll();
    }

    /** They have run. */
    public void giveBack(ChunkCallbacks<C> ran, int records) {
        pending -= records;
        spare.addLast(ran);
    }

    public boolean hasSettled() {
        return !settled.isEmpty();
    }

    /** Records whose callbacks have not run. */
    public long pending() {
        return pending;
    }
}
