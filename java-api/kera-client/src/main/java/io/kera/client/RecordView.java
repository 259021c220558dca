package io.kera.client;

import io.kera.wire.RecordLayout;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A record where it was received: nothing is copied, nothing allocated.
 *
 * <p>The consumer's thread, within the handler that is given it. Positions are indexes into {@link #buffer()}.
 */
public final class RecordView {
    private final UnsafeBuffer batch;
    private String stream = "";
    private int streamlet;
    private int recordAt;
    private long offset;
    private long timestampMs;
    private int valueAt;

    RecordView(UnsafeBuffer batch) {
        this.batch = batch;
    }

    void place(String name, int number) {
        stream = name;
        streamlet = number;
    }

    void wrap(int at, long recordOffset, long timeMs) {
        recordAt = at;
        offset = recordOffset;
        timestampMs = timeMs;
        valueAt = -1;
    }

    public String stream() {
        return stream;
    }

    public int streamlet() {
        return streamlet;
    }

    public long offset() {
        return offset;
    }

    /** Milliseconds since 1970. */
    public long timestampMs() {
        return timestampMs;
    }

    /** What all positions are indexes into; not to be written to. */
    public DirectBuffer buffer() {
        return batch;
    }

    /** Whether it has no value at all, not even an empty one. */
    public boolean isNull() {
        return (batch.getByte(recordAt + RecordLayout.ATTRIBUTES_AT) & RecordLayout.NULL_VALUE) != 0;
    }

    public int valueOffset() {
        int at = valueAt;
        if (at < 0) {
            at = fieldsAt();
            for (int left = headerCount(); left > 0; left--) {
                at = RecordLayout.afterField(batch, at);
            }
            valueAt = at;
        }
        return at;
    }

    public int valueLength() {
        return batch.getInt(recordAt + RecordLayout.VALUE_LENGTH_AT);
    }

    public int keyCount() {
        return batch.getByte(recordAt + RecordLayout.KEY_COUNT_AT) & 0xFF;
    }

    /** Where a key begins. */
    public int keyOffset(int index) {
        return keyAt(index) + RecordLayout.KEY_HEADER_BYTES;
    }

    public int keyLength(int index) {
        return batch.getInt(keyAt(index));
    }

    public int headerCount() {
        return batch.getShort(recordAt + RecordLayout.FIELD_COUNT_AT) & 0xFFFF;
    }

    /** Where a header's name begins. */
    public int headerNameOffset(int index) {
        return fieldAt(index) + RecordLayout.FIELD_HEADER_BYTES;
    }

    public int headerNameLength(int index) {
        return batch.getShort(fieldAt(index) + RecordLayout.FIELD_NAME_LENGTH_AT) & 0xFFFF;
    }

    /** Whether a header has no value at all. */
    public boolean headerIsNull(int index) {
        return (batch.getShort(fieldAt(index) + RecordLayout.FIELD_ATTRIBUTES_AT) & RecordLayout.NULL_VALUE) != 0;
    }

    /** Where a header's value begins. */
    public int headerValueOffset(int index) {
        return headerNameOffset(index) + headerNameLength(index);
    }

    public int headerValueLength(int index) {
        return batch.getInt(fieldAt(index) + RecordLayout.FIELD_VALUE_LENGTH_AT);
    }

    /** A copy of the value; empty where there is none. */
    public byte[] value() {
        return copy(valueOffset(), valueLength());
    }

    /** A copy of a key. */
    public byte[] key(int index) {
        return copy(keyOffset(index), keyLength(index));
    }

    /** The value as text. */
    public String valueText() {
        return new String(value(), StandardCharsets.UTF_8);
    }

    /** A key as text. */
    public String keyText(int index) {
        return new String(key(index), StandardCharsets.UTF_8);
    }

    /** A header's name. */
    public String headerName(int index) {
        return new String(copy(headerNameOffset(index), headerNameLength(index)), StandardCharsets.UTF_8);
    }

    /** A copy of a header's value; empty where there is none. */
    public byte[] headerValue(int index) {
        return copy(headerValueOffset(index), headerValueLength(index));
    }

    int recordBytes() {
        return batch.getInt(recordAt);
    }

    private int keyAt(int index) {
        Checks.within("key_index", index, 0, keyCount() - 1);
        int at = recordAt + RecordLayout.HEADER_BYTES;
        for (int left = index; left > 0; left--) {
            at = RecordLayout.afterKey(batch, at);
        }
        return at;
    }

    private int fieldsAt() {
        int at = recordAt + RecordLayout.HEADER_BYTES;
        for (int left = keyCount(); left > 0; left--) {
            at = RecordLayout.afterKey(batch, at);
        }
        return at;
    }

    private int fieldAt(int index) {
        Checks.within("header_index", index, 0, headerCount() - 1);
        int at = fieldsAt();
        for (int left = index; left > 0; left--) {
            at = RecordLayout.afterField(batch, at);
        }
        return at;
    }

    private byte[] copy(int at, int length) {
        final byte[] bytes = new byte[length];
        batch.getBytes(at, bytes);
        return bytes;
    }
}
