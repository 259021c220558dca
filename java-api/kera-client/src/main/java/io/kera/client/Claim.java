package io.kera.client;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Room for the value of the next record, in the chunk that will travel.
 *
 * <p>The producer's thread; one at a time. Write the value into {@link #buffer()}, then {@link #commit()}; closing
 * without a commit is as if it had never been claimed. The producer uses one object for all its claims, so nothing is
 * allocated, and a claim must not be kept after it has ended.
 *
 * <pre>{@code
 * try (Claim claim = producer.claim("clicks", 8)) {
 *     claim.buffer().putLong(claim.offset(), System.nanoTime());
 *     claim.commit();
 * }
 * }</pre>
 */
public final class Claim implements AutoCloseable {
    private static final long NOTHING = 0;

    private final Producer producer;
    private final UnsafeBuffer value = new UnsafeBuffer(NOTHING, 0);
    private int streamlet;

    Claim(Producer producer) {
        this.producer = producer;
    }

    /** Where the value goes, from {@link #offset()} on; as long as was asked for. */
    public MutableDirectBuffer buffer() {
        return value;
    }

    /** Where in {@link #buffer()} the value begins. */
    public int offset() {
        return 0;
    }

    /** How long the value is. */
    public int length() {
        return value.capacity();
    }

    /** Where the record will be. */
    public int streamlet() {
        return streamlet;
    }

    /** The record counts; it leaves with its chunk. */
    public void commit() {
        producer.commit();
    }

    /** As if it had never been claimed. Nothing where it was committed. */
    @Override
    public void close() {
        producer.abort();
    }

    void begin(long address, int length, int where) {
        value.wrap(address, length);
        streamlet = where;
    }

    void end() {
        value.wrap(NOTHING, 0);
    }
}
