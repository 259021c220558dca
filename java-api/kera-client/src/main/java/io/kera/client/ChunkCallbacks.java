package io.kera.client;

import io.kera.client.errors.KeraException;
import io.kera.client.produce.OpenChunk;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Callbacks of the records of one chunk, and its outcome once it is settled.
 *
 * <p>Filled with the lock of the producer's shared chunks, then run by one thread. Used again and again.
 */
final class ChunkCallbacks {
    private static final int ROOM = 64;

    private @Nullable SendCallback[] callbacks = new SendCallback[ROOM];
    private int[] records = new int[ROOM];
    private int count;

    private String stream = "";
    private int streamlet;
    private long baseOffset;
    private long appendTimeMs;
    private boolean duplicate;
    private @Nullable KeraException error;

    void add(int record, SendCallback callback) {
        if (count == records.length) {
            records = Arrays.copyOf(records, 2 * count);
            callbacks = Arrays.copyOf(callbacks, 2 * count);
        }
        records[count] = record;
        callbacks[count] = callback;
        count++;
    }

    void removeLast() {
        count--;
        callbacks[count] = null;
    }

    int count() {
        return count;
    }

    void settle(OpenChunk chunk, long offset, long timeMs, boolean again, @Nullable KeraException why) {
        stream = chunk.stream();
        streamlet = chunk.streamlet();
        baseOffset = offset;
        appendTimeMs = timeMs;
        duplicate = again;
        error = why;
    }

    /** Runs the callbacks in the order of the records. When one throws, the others still run. */
    void run() {
        for (int i = 0; i < count; i++) {
            final SendCallback callback = callbacks[i];
            callbacks[i] = null;
            if (callback != null) {
                tell(callback, records[i]);
            }
        }
        count = 0;
        error = null;
    }

    private void tell(SendCallback callback, int record) {
        try {
            final long offset = baseOffset < 0 ? -1 : baseOffset + record;
            callback.onOutcome(stream, streamlet, offset, appendTimeMs, duplicate, error);
        } catch (RuntimeException e) {
            System.getLogger(Producer.class.getName()).log(System.Logger.Level.ERROR, "send callback failed", e);
        }
    }
}
