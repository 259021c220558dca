package io.kera.client.produce;

import io.kera.client.errors.KeraException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Callbacks of the records of one chunk, by the number of the record in it, and its outcome once it is settled.
 *
 * <p>A callback is there before its record is committed, and read after the chunk is settled, so there is no lock.
 * Whoever has reserved a record may write its callback; afterwards one thread runs them. Used again and again.
 */
public final class ChunkCallbacks {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

    private @Nullable Object[] callbacks;
    private int count;

    private @Nullable OpenChunk target;
    private long baseOffset;
    private long appendTimeMs;
    private boolean duplicate;
    private @Nullable KeraException error;

    ChunkCallbacks(int room) {
        callbacks = new Object[room];
    }

    /** Records that may have a callback. */
    int room() {
        return callbacks.length;
    }

    /** One thread alone; what is there stays. */
    void grow(int room) {
        callbacks = Arrays.copyOf(callbacks, room);
    }

    void set(int record, @Nullable Object callback) {
        callbacks[record] = callback;
    }

    void settle(OpenChunk chunk, int records, long offset, long timeMs, boolean again, @Nullable KeraException why) {
        target = chunk;
        count = Math.min(records, callbacks.length);
        baseOffset = offset;
        appendTimeMs = timeMs;
        duplicate = again;
        error = why;
    }

    /** All of them were taken and have run. */
    void clear() {
        target = null;
        error = null;
    }

    /** Records that may have a callback. */
    public int count() {
        return count;
    }

    /** Takes a callback out, once; null: that record has none. */
    public @Nullable Object take(int record) {
        if (error != null) {
            return remove(record);
        }
        final Object callback = callbacks[record];
        callbacks[record] = null;
        return callback;
    }

    /** As {@link #take}, while two threads may do so: when a producer is closed, and a commit fails. */
    @Nullable
    Object remove(int record) {
        return SLOT.getAndSet(callbacks, record, null);
    }

    /** The offset of a record; -1: not known. */
    public long offset(int record) {
        return baseOffset < 0 ? -1 : baseOffset + record;
    }

    /** REQUIRES: settled. */
    public OpenChunk target() {
        final OpenChunk chunk = target;
        if (chunk == null) {
            throw new IllegalStateException("not settled");
        }
        return chunk;
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
