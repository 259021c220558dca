package io.kera.client.produce;

import io.kera.ffi.SharedChunkLayout;
import io.kera.wire.ChunkLayout;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A chunk buffer that the loop has lent to this producer, with what is known of the chunk in it.
 *
 * <p>The producer's thread while it is open; with the lock of {@link SharedChunks} before and afterwards. Borrows the
 * memory.
 */
public final class SharedChunk {
    private final int number;
    /** Where its word lies among the states. */
    private final int stateAt;

    private final UnsafeBuffer memory = new UnsafeBuffer(0, 0);
    private int region;
    /** The streamlet that its records go to, from opening to settling; with the lock. */
    private @Nullable OpenChunk target;
    /** Who had it last, and may still believe that it has; the producer's thread alone. */
    private @Nullable OpenChunk holder;

    /** The word as the producer's thread wrote it last. */
    private long word;

    private int position;
    private int recordCount;
    private long firstTimestampMs;
    private boolean ownTimes;
    private boolean asked;

    SharedChunk(int number) {
        this.number = number;
        stateAt = number * SharedChunkLayout.STATE_BYTES;
    }

    /** By which messages name it. */
    public int number() {
        return number;
    }

    /** Where the next record goes, at {@link #position()}. */
    public MutableDirectBuffer memory() {
        return memory;
    }

    /** Behind what is committed. */
    public int position() {
        return position;
    }

    /** Records that are committed. */
    public int recordCount() {
        return recordCount;
    }

    /** What times of records are relative to. */
    public long firstTimestampMs() {
        return firstTimestampMs;
    }

    int room() {
        return memory.capacity();
    }

    int region() {
        return region;
    }

    @Nullable
    OpenChunk target() {
        return target;
    }

    /** The loop has lent it. */
    void lend(long address, int room, int fromRegion) {
        memory.wrap(address, room);
        region = fromRegion;
    }

    /** One streamlet has it from here on: the one before, for which the loop sent it by itself, forgets it now. */
    void begin(OpenChunk chunk, long timestampMs) {
        if (holder != null) {
            holder.forget(this);
        }
        holder = chunk;
        target = chunk;
        word = ChunkLayout.HEADER_BYTES;
        position = ChunkLayout.HEADER_BYTES;
        recordCount = 0;
        firstTimestampMs = timestampMs;
        ownTimes = false;
        asked = false;
    }

    /** Nothing of it is on its way any more. */
    void settle() {
        target = null;
    }

    boolean fits(int bytes) {
        return bytes <= memory.capacity() - position;
    }

    /** Whether the loop has not closed it. */
    boolean isOpen(UnsafeBuffer states) {
        return states.getLongVolatile(stateAt + SharedChunkLayout.STATE_WORD) == word;
    }

    /** Some record brings its own time; before it is committed. */
    void noteOwnTime(UnsafeBuffer states) {
        if (!ownTimes) {
            ownTimes = true;
            states.putIntOrdered(stateAt + SharedChunkLayout.STATE_OWN_TIMES, 1);
        }
    }

    /** Somebody waits for the outcome of a record; before it is committed. */
    void noteAsked(UnsafeBuffer states) {
        if (!asked) {
            asked = true;
            states.putIntOrdered(stateAt + SharedChunkLayout.STATE_ASKED, 1);
        }
    }

    /** Makes the record at {@link #position()} count. False: the loop has closed the chunk. */
    boolean commit(UnsafeBuffer states, int bytes) {
        final long next = word + SharedChunkLayout.ONE_RECORD + bytes;
        if (!states.compareAndSetLong(stateAt + SharedChunkLayout.STATE_WORD, word, next)) {
            return false;
        }
        word = next;
        position += bytes;
        recordCount++;
        return true;
    }
}
