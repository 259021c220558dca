package io.kera.client;

import io.kera.client.errors.KeraException;
import io.kera.client.produce.ExclusiveOpenChunk;
import io.kera.client.produce.StreamletChoice;
import io.kera.client.session.Refusals;
import org.agrona.DirectBuffer;

/**
 * One stream of an {@link ExclusiveProducer}, for loops that do not look up its name for each record.
 *
 * <p>The producer's thread. Made by {@link ExclusiveProducer#stream(String)}.
 *
 * <pre>{@code
 * StreamWriter clicks = exclusive.stream("clicks");
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
    private final StreamletChoice<ExclusiveOpenChunk> choice;

    StreamWriter(Claim claim, StreamletChoice<ExclusiveOpenChunk> choice) {
        this.claim = claim;
        this.choice = choice;
    }

    public String name() {
        return choice.stream();
    }

    /** How many streamlets the stream has by now, as far as the producer knows. */
    public int streamlets() {
        return choice.streamlets();
    }

    StreamletChoice<ExclusiveOpenChunk> choice() {
        return choice;
    }

    /** Claims memory for a value without a key, in any streamlet. */
    public Claim claim(int valueLength) {
        return claim.begin(choice.any(), valueLength);
    }

    /** Claims memory for a value without a key, in this streamlet. */
    public Claim claim(int streamlet, int valueLength) {
        return claim.begin(choice.numbered(streamlet), valueLength);
    }

    /** Claims memory for a value with a key, which chooses the streamlet. */
    public Claim claim(DirectBuffer key, int keyIndex, int keyLength, int valueLength) {
        return claim.begin(choice.ofKey(key, keyIndex, keyLength), key, keyIndex, keyLength, valueLength);
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
}
