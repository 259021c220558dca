package io.kera.client;

import io.kera.client.errors.KeraException;
import io.kera.client.produce.OpenChunk;
import io.kera.client.session.Refusals;
import io.kera.wire.KeyHash;
import java.util.concurrent.ThreadLocalRandom;
import org.agrona.DirectBuffer;

/**
 * One stream of a producer, for loops that do not look up its name for each record.
 *
 * <p>The producer's thread. Made by {@link Producer#stream(String)}.
 *
 * <pre>{@code
 * StreamWriter clicks = producer.stream("clicks");
 * for (;;) {
 *     try (Claim claim = clicks.claim(8)) {
 *         claim.buffer().putLong(0, next());
 *         claim.commit();
 *     }
 * }
 * }</pre>
 */
public final class StreamWriter {
    /** The producer chooses: by the first key; without a key it stays with one streamlet for a while. */
    public static final int ANY_STREAMLET = -1;

    private final Claim claim;
    private final String name;
    private final OpenChunk[] chunks;
    private int sticky;

    StreamWriter(Claim claim, String name, OpenChunk[] chunks) {
        this.claim = claim;
        this.name = name;
        this.chunks = chunks;
        sticky = random();
    }

    public String name() {
        return name;
    }

    public int streamlets() {
        return chunks.length;
    }

    /** Claims memory for a value without a key, in any streamlet. */
    public Claim claim(int valueLength) {
        return claim.begin(sticky(), valueLength);
    }

    /** Claims memory for a value without a key, in this streamlet. */
    public Claim claim(int streamlet, int valueLength) {
        return claim.begin(chunk(streamlet), valueLength);
    }

    /** Claims memory for a value with a key, which chooses the streamlet. */
    public Claim claim(DirectBuffer key, int keyIndex, int keyLength, int valueLength) {
        return claim.begin(ofKey(key, keyIndex, keyLength), key, keyIndex, keyLength, valueLength);
    }

    /**
     * Sends many values of equal size, which lie one after the other, as records without keys. Stops at the first value
     * that is refused, and returns how many were accepted. If that is none, the error is thrown.
     */
    public int sendRows(int streamlet, DirectBuffer rows, int index, int rowLength, int count) {
        if (rowLength < 0 || count < 0) {
            throw Refusals.invalid(count < 0 ? "count" : "row_length", 0, count < 0 ? count : rowLength);
        }
        int sent = 0;
        try {
            for (; sent < count; sent++) {
                final Claim row = streamlet == ANY_STREAMLET ? claim(rowLength) : claim(streamlet, rowLength);
                row.buffer().putBytes(0, rows, index + sent * rowLength, rowLength);
                row.commit();
            }
        } catch (KeraException e) {
            if (sent == 0) {
                throw e;
            }
        }
        return sent;
    }

    OpenChunk chunk(int streamlet) {
        if (streamlet < 0 || streamlet >= chunks.length) {
            throw Refusals.invalid("streamlet", chunks.length - 1L, streamlet);
        }
        return chunks[streamlet];
    }

    OpenChunk ofKey(DirectBuffer key, int index, int length) {
        return chunks[KeyHash.streamletOf(key, index, length, chunks.length)];
    }

    /** The same streamlet until its chunk was sent, then any. */
    OpenChunk sticky() {
        OpenChunk chunk = chunks[sticky];
        if (!chunk.hasMemory() && chunks.length > 1) {
            sticky = random();
            chunk = chunks[sticky];
        }
        return chunk;
    }

    private int random() {
        return chunks.length == 1 ? 0 : ThreadLocalRandom.current().nextInt(chunks.length);
    }
}
