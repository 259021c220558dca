package io.kera.client;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.produce.ExclusiveOpenChunk;
import io.kera.client.produce.OwnerCloseGuard;
import io.kera.client.produce.SharedChunk;
import io.kera.client.session.Refusals;
import io.kera.ffi.NativeException;
import io.kera.wire.RecordLayout;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Memory for the value of the next record, in the chunk that is sent.
 *
 * <p>The producer's thread; one claim at a time. Write the value into {@link #buffer()}, then call {@link #commit()}. A
 * claim that is closed without a commit leaves no record. The producer uses one object for all its claims, so nothing is
 * allocated. Do not keep a claim after its end.
 *
 * <pre>{@code
 * try (Claim claim = exclusive.claim("clicks", 8)) {
 *     claim.buffer().putLong(claim.offset(), System.nanoTime());
 *     claim.commit();
 * }
 * }</pre>
 */
public final class Claim implements AutoCloseable {
    private static final long NOTHING = 0;

    private final OwnerCloseGuard guard;
    private final UnsafeBuffer value = new UnsafeBuffer(NOTHING, 0);
    /** Where the record is written; null: nothing is claimed. */
    private @Nullable ExclusiveOpenChunk chunk;

    private int recordBytes;
    private int streamlet;

    Claim(OwnerCloseGuard guard) {
        this.guard = guard;
    }

    /** Write the value here, from {@link #offset()} on. */
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

    /** The streamlet of the record. */
    public int streamlet() {
        return streamlet;
    }

    /** Ends the claim. The record is sent with its chunk. */
    public void commit() {
        final ExclusiveOpenChunk claimed = chunk;
        if (claimed == null) {
            throw KeraException.of(ErrorCode.INVALID_ARGUMENT, "no_claim_is_open", 0, 0);
        }
        forget();
        try {
            claimed.commit(recordBytes);
        } catch (NativeException e) {
            throw Refusals.of(e);
        } finally {
            guard.leave();
        }
    }

    /** Ends the claim without a record. Does nothing after {@link #commit()}. */
    @Override
    public void close() {
        if (chunk != null) {
            forget();
            guard.leave();
        }
    }

    boolean isOpen() {
        return chunk != null;
    }

    /** The producer's thread may use its memory; not while a record is claimed. */
    void enter() {
        if (chunk != null && guard.isUser()) {
            throw KeraException.of(ErrorCode.INVALID_ARGUMENT, "claim_is_open", 1, 2);
        }
        guard.enter();
    }

    /** Lays out a record without a key. */
    Claim begin(ExclusiveOpenChunk in, int valueLength) {
        final int bytes = RecordLayout.recordBytes(RecordLayout.HEADER_BYTES, checked(valueLength));
        enter();
        try {
            final SharedChunk memory = in.reserve(bytes);
            RecordLayout.writeHeader(memory.memory(), memory.position(), bytes, 0, 0, 0, 0, valueLength);
            begun(in, memory, bytes, RecordLayout.HEADER_BYTES, valueLength);
            return this;
        } catch (NativeException e) {
            throw Refusals.of(e);
        } finally {
            leaveUnlessBegun();
        }
    }

    /** Lays out a record with a key. */
    Claim begin(ExclusiveOpenChunk in, DirectBuffer key, int keyIndex, int keyLength, int valueLength) {
        final int before = RecordLayout.HEADER_BYTES + RecordLayout.keyBytes(keyLength);
        final int bytes = RecordLayout.recordBytes(before, checked(valueLength));
        enter();
        try {
            final SharedChunk memory = in.reserve(bytes);
            final int at = memory.position();
            RecordLayout.writeHeader(memory.memory(), at, bytes, 0, 1, 0, 0, valueLength);
            RecordLayout.writeKey(memory.memory(), at + RecordLayout.HEADER_BYTES, key, keyIndex, keyLength);
            begun(in, memory, bytes, before, valueLength);
            return this;
        } catch (NativeException e) {
            throw Refusals.of(e);
        } finally {
            leaveUnlessBegun();
        }
    }

    private void begun(ExclusiveOpenChunk in, SharedChunk memory, int bytes, int valueAt, int valueLength) {
        chunk = in;
        recordBytes = bytes;
        streamlet = in.streamlet();
        value.wrap(memory.memory().addressOffset() + memory.position() + valueAt, valueLength);
    }

    private void leaveUnlessBegun() {
        if (chunk == null) {
            guard.leave();
        }
    }

    private void forget() {
        chunk = null;
        value.wrap(NOTHING, 0);
    }

    private static int checked(int valueLength) {
        if (valueLength < 0 || valueLength > RecordLayout.VALUE_BYTES_MAX) {
            throw KeraException.of(ErrorCode.LIMIT_EXCEEDED, "value_bytes", RecordLayout.VALUE_BYTES_MAX, valueLength);
        }
        return valueLength;
    }
}
