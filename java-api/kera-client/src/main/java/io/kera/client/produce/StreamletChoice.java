package io.kera.client.produce;

import io.kera.client.session.Refusals;
import io.kera.wire.KeyHash;
import java.util.concurrent.ThreadLocalRandom;
import org.agrona.DirectBuffer;

/**
 * Chooses the streamlet of a record: by its number, by the key, or any.
 *
 * <p>Any thread where its chunks are for any. Which streamlet it stays with is read and written without care: whichever
 * it is, it is a good one.
 *
 * @param <C> what takes records of a streamlet
 */
public final class StreamletChoice<C extends OpenChunk> {
    private final String stream;
    private final C[] chunks;
    private int sticky;

    /** The chunks by the numbers of their streamlets; not copied. */
    public StreamletChoice(String stream, C[] chunks) {
        this.stream = stream;
        this.chunks = chunks;
        sticky = random();
    }

    public String stream() {
        return stream;
    }

    public int streamlets() {
        return chunks.length;
    }

    /** That streamlet, if there is one. */
    public C numbered(int streamlet) {
        if (streamlet < 0 || streamlet >= chunks.length) {
            throw Refusals.invalid("streamlet", chunks.length - 1L, streamlet);
        }
        return chunks[streamlet];
    }

    public C ofKey(DirectBuffer key, int index, int length) {
        return chunks[KeyHash.streamletOf(key, index, length, chunks.length)];
    }

    /** The same streamlet until its chunk was sent, then any. */
    public C any() {
        C chunk = chunks[sticky];
        if (chunks.length > 1 && !chunk.hasMemory()) {
            final int other = random();
            sticky = other;
            chunk = chunks[other];
        }
        return chunk;
    }

    private int random() {
        return chunks.length == 1 ? 0 : ThreadLocalRandom.current().nextInt(chunks.length);
    }
}
