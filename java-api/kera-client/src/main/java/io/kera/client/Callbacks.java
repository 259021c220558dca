package io.kera.client;

import io.kera.client.errors.KeraException;
import io.kera.client.produce.OpenChunk;
import io.kera.client.produce.SharedChunks;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Callbacks of records that have no outcome yet, by the shared chunk of the record; and callbacks that can run now.
 *
 * <p>Any thread that has the lock of the producer's {@link SharedChunks}.
 */
final class Callbacks implements SharedChunks.OutcomeListener {
    private @Nullable ChunkCallbacks[] waiting = new ChunkCallbacks[64];
    private final ArrayDeque<ChunkCallbacks> settled = new ArrayDeque<>();
    private final ArrayDeque<ChunkCallbacks> spare = new ArrayDeque<>();
    private long pending;

    /** For a record that is about to be committed. */
    void add(int chunk, int record, SendCallback callback) {
        if (chunk >= waiting.length) {
            waiting = Arrays.copyOf(waiting, 2 * chunk);
        }
        ChunkCallbacks callbacks = waiting[chunk];
        if (callbacks == null) {
            callbacks = spare.isEmpty() ? new ChunkCallbacks() : spare.pollLast();
            waiting[chunk] = callbacks;
        }
        callbacks.add(record, callback);
        pending++;
    }

    /** It was not committed. */
    void removeLast(int chunk) {
        final ChunkCallbacks callbacks = waiting[chunk];
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
        final ChunkCallbacks callbacks = chunk < waiting.length ? waiting[chunk] : null;
        if (callbacks != null) {
            callbacks.settle(target, baseOffset, appendTimeMs, duplicate, error);
            settled.addLast(callbacks);
            waiting[chunk] = null;
        }
    }

    /** The callbacks of the chunk that was settled first. Run them without the lock, then give them back. Null: none. */
    @Nullable
    ChunkCallbacks poll() {
        return settled.poll();
    }

    /** They have run. */
    void giveBack(ChunkCallbacks ran, int records) {
        pending -= records;
        spare.addLast(ran);
    }

    boolean hasSettled() {
        return !settled.isEmpty();
    }

    /** Records whose callbacks have not run. */
    long pending() {
        return pending;
    }
}
