package io.kera.client.produce;

import io.kera.client.errors.KeraException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Callbacks of the records of one chunk, in the order of the records, and its outcome once it is settled.
 *
 * <p>Filled with the lock of the producer's shared chunks, then read by one thread. Used again and again.
 *
 * @param <C> what a user gives to hear of an outcome; this package stores it, and does not call it
 */
public final class ChunkCallbacks<C> {
    private static final int ROOM = 64;

    private @Nullable Object[] callbacks = new Object[ROOM];
    private int[] records = new int[ROOM];
    private int count;

    private String stream = "";
    private int streamlet;
    private long baseOffset;
    private long appendTimeMs;
    private boolean duplicate;
    private @Nullable KeraException error;

    void add(int record, C callback) {
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

    void settle(OpenChunk chunk, long offset, long timeMs, boolean again, @Nullable KeraException why) {
        stream = chunk.stream();
        streamlet = chunk.streamlet();
        baseOffset = offset;
        appendTimeMs = timeMs;
        duplicate = again;
        error = why;
    }

    /** All of them were taken and have run. */
    public void clear() {
        count = 0;
        error = null;
    }

    public int count() {
        return count;
    }

    /** Takes a callback out, once. REQUIRES: {@code at} is less than {@link #count}. */
    @SuppressWarnings("unchecked")
    public C take(int at) {
        final Object callback = Objects.requireNonNull(callbacks[at]);
        callbacks[at] = null;
        return (C) callback;
    }

    /** The offset of the record of a callback; -1: not known. */
    public long offset(int at) {
        return baseOffset < 0 ? -1 : baseOffset + records[at];
    }

    public String stream() {
        return stream;
    }

    public int streamlet() {
        return streamlet;
    }

    /** -1: not known. */
    public long appendTimeMs() {
        return appendTimeMs;
    }

    /** An earlier answer was lost; the records are stored once. */
    public boolean isDuplicate() {
        return duplicate;
    }

    /** Why the records failed; null: they are acknowledged. */
    public @Nullable KeraException error() {
        return error;
    }
}
