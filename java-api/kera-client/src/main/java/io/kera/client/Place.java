package io.kera.client;

import io.kera.wire.ChunkLayout;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A piece of the memory that will travel: room for one chunk, with what is known of the chunk in it.
 *
 * <p>The producer's thread while it is open; with the outbox's lock before and afterwards. Borrows the memory.
 */
final class Place {
    final int number;
    /** Where its word lies among the states. */
    final int stateAt;

    final UnsafeBuffer memory = new UnsafeBuffer(0, 0);
    int region;
    /** Whose chunk is in it, from opening to settling. */
    @Nullable
    OpenChunk target;
    /** Who had it last, and may still believe that it has; the producer's thread alone. */
    private @Nullable OpenChunk holder;
    /** Who wants to know its outcome; none while nobody does. */
    @Nullable
    Completions completions;

    /** The word as the producer's thread wrote it last. */
    long word;

    int position;
    int recordCount;
    long firstTimestampMs;
    boolean ownTimes;

    Place(int number, int stateAt) {
        this.number = number;
        this.stateAt = stateAt;
    }

    /** One chunk has it from here on: whose it was before, and was sent for it by the loop, forgets it now. */
    void begin(OpenChunk chunk, long timestampMs) {
        if (holder != null && holder.place == this) {
            holder.place = null;
        }
        holder = chunk;
        target = chunk;
        word = ChunkLayout.HEADER_BYTES;
        position = ChunkLayout.HEADER_BYTES;
        recordCount = 0;
        firstTimestampMs = timestampMs;
        ownTimes = false;
    }

    boolean fits(int bytes) {
        return bytes <= memory.capacity() - position;
    }
}
