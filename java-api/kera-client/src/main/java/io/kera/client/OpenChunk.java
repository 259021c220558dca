package io.kera.client;

import org.jspecify.annotations.Nullable;

/**
 * The chunk of one streamlet that takes records now.
 *
 * <p>The producer's thread, but for what the outbox's lock guards. Owns nothing.
 */
final class OpenChunk {
    final StreamWriter writer;
    final int streamlet;
    /** Where records go now. */
    @Nullable
    Place place;
    /** Chunks that were opened and have no outcome; with the outbox's lock. */
    int unsettled;
    /** Why the streamlet takes nothing any more; with the outbox's lock. */
    @Nullable
    KeraException stopped;

    OpenChunk(StreamWriter writer, int streamlet) {
        this.writer = writer;
        this.streamlet = streamlet;
    }
}
