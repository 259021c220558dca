package io.kera.client.produce;

import io.kera.ffi.SharedChunkLayout;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2IntHashMap;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * Passes on what the loop says of streams that have more streamlets. Any thread. What is said of a stream before anybody
 * follows it is kept.
 */
public final class StreamGrowth {
    private final Int2ObjectHashMap<StreamletChoice<?>> choices = new Int2ObjectHashMap<>();
    private final Int2IntHashMap told = new Int2IntHashMap(0);

    /** From now on, the choice learns of its stream's growth. */
    public synchronized void follow(int streamHandle, StreamletChoice<?> choice) {
        choices.put(streamHandle, choice);
        choice.tell(told.get(streamHandle));
    }

    /** A message of the loop. */
    synchronized void read(DirectBuffer ring, int at) {
        final int streamHandle = ring.getInt(at + SharedChunkLayout.GROWN_STREAM);
        final int streamlets = ring.getInt(at + SharedChunkLayout.GROWN_STREAMLETS);
        told.put(streamHandle, streamlets);
        final StreamletChoice<?> choice = choices.get(streamHandle);
        if (choice != null) {
            choice.tell(streamlets);
        }
    }
}
