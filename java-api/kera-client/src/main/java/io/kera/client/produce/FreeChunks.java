package io.kera.client.produce;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Chunks that the loop has lent and nobody writes to, and what more of them to ask the loop for.
 *
 * <p>Any thread that has the lock of {@link SharedChunks}.
 */
final class FreeChunks {
    private static final int WANTED_AT_ONCE = 8;

    private final int chunkBytes;
    private final ArrayDeque<SharedChunk> free = new ArrayDeque<>();
    private final ArrayDeque<SharedChunk> large = new ArrayDeque<>();
    private final ArrayDeque<SharedChunk> toReturn = new ArrayDeque<>();
    private int wanted;
    /** The loop has no more memory, since chunks were asked for and until one is returned. */
    private boolean noneLeft;

    private long returned;
    private long returnedAtAsk;
    private int regionMin;

    FreeChunks(int chunkBytes) {
        this.chunkBytes = chunkBytes;
    }

    boolean isOrdinary(int bytes) {
        return bytes <= chunkBytes;
    }

    /** One with that much room, and with room for callbacks; null: there is none. */
    @Nullable
    SharedChunk poll(int bytes, Callbacks callbacks) {
        final SharedChunk chunk = poll(bytes);
        if (chunk == null || chunk.callbackRoom() >= callbacks.room()) {
            return chunk;
        }
        boolean attached = false;
        try {
            chunk.attach(callbacks.get());
            attached = true;
        } finally {
            if (!attached) {
                add(chunk);
            }
        }
        return chunk;
    }

    private @Nullable SharedChunk poll(int bytes) {
        if (isOrdinary(bytes)) {
            return free.pollFirst();
        }
        SharedChunk taken = large.pollLast();
        if (taken != null && taken.room() < bytes) {
            toReturn.add(taken);
            taken = null;
        }
        if (taken == null) {
            // What has become free since: the loop needs neighbours for a run.
            returnAll();
        }
        return taken;
    }

    /** How many ordinary ones to ask for, where there was none; that is taken to be done. */
    int ask() {
        if (wanted > 0 || noneLeft) {
            return 0;
        }
        wanted = WANTED_AT_ONCE;
        returnedAtAsk = returned;
        return wanted;
    }

    /** For a large one, everything that is free goes back, so that there may be a run of it. */
    void returnAll() {
        toReturn.addAll(free);
        free.clear();
        noneLeft = false;
    }

    /** The loop has lent one that was asked for. */
    void granted(SharedChunk chunk) {
        if (chunk.room() > chunkBytes) {
            large.addLast(chunk);
        } else {
            wanted--;
            add(chunk);
        }
    }

    /** The loop has no ordinary one. It may have got some back since it was asked. */
    void refused() {
        wanted--;
        noneLeft = returned == returnedAtAsk;
    }

    /** Nobody writes to it any more. */
    void add(SharedChunk chunk) {
        if (chunk.region() < regionMin || chunk.room() > chunkBytes) {
            toReturn.addLast(chunk);
        } else {
            free.addLast(chunk);
        }
    }

    /** The loop wants the chunks of earlier regions back. */
    void retire(int min) {
        regionMin = min;
        noneLeft = false;
        for (int i = free.size(); i > 0; i--) {
            add(free.pollFirst());
        }
    }

    boolean hasReturns() {
        return !toReturn.isEmpty();
    }

    /** One to give back to the loop; then say {@link #returned()}. */
    @Nullable
    SharedChunk pollReturn() {
        return toReturn.poll();
    }

    void returned() {
        returned++;
        noneLeft = false;
    }
}
