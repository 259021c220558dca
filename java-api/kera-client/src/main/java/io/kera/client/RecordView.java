package io.kera.client;

import io.kera.client.consume.BatchCursor;
import io.kera.client.session.Checks;
import io.kera.wire.RecordLayout;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;

/**
 * A record in the memory where it was received: nothing is copied or allocated.
 *
 * <p>The consumer's thread, inside the handler that gets it. Positions are indexes into {@link #buffer()}.
 */
public final class RecordView {
    private final BatchCursor cursor;
    private final DirectBuffer batch;

    RecordView(BatchCursor cursor) {
        this.cursor = cursor;
        batch = cursor.batch();
    }

    public String stream() {
        return cursor.stream();
    }

    public int streamlet() {
        return cursor.streamlet();
    }

    public long offset() {
        return cursor.offset();
    }

    /** Milliseconds since 1970. */
    public long timestampMs() {
        return cursor.timestampMs();
    }

    /** The memory of the batch; all positions are indexes into it. Do not write to it. */
    public DirectBuffer buffer() {
        return batch;
    }

    /** Whether the record has no value. An empty value is a value. */
    public boolean isNull() {
        return (batch.getByte(cursor.recordAt() + RecordLayout.ATTRIBUTES_AT) & RecordLayout.NULL_VALUE) != 0;
    }

    public int valueOffset() {
        return cursor.valueAt();
    }

    public int valueLength() {
        return batch.getInt(cursor.recordAt() + RecordLayout.VALUE_LENGTH_AT);
    }

    public int keyCount() {
        return batch.getByte(cursor.recordAt() + RecordLayout.KEY_COUNT_AT) & 0xFF;
    }

    /** Where a key begins. */
    public int keyOffset(int index) {
        return keyAt(index) + RecordLayout.KEY_HEADER_BYTES;
    }

    public int keyLength(int index) {
        return batch.getInt(keyAt(index));
    }

    public int headerCount() {
        return batch.getShort(cursor.recordAt() + RecordLayout.FIELD_COUNT_AT) & 0xFFFF;
    }

    /** Where a header's name begins. */
    public int headerNameOffset(int index) {
        return headerAt(index) + RecordLayout.FIELD_HEADER_BYTES;
    }

    public int headerNameLength(int index) {
        return batch.getShort(headerAt(index) + RecordLayout.FIELD_NAME_LENGTH_AT) & 0xFFFF;
    }

    /** Whether a header has no value. */
    public boolean headerIsNull(int index) {
        return (batch.getShort(headerAt(index) + RecordLayout.FIELD_ATTRIBUTES_AT) & RecordLayout.NULL_VALUE) != 0;
    }

    /** Where a header's value begins. */
    public int headerValueOffset(int index) {
        return headerNameOffset(index) + headerNameLength(index);
    }

    public int headerValueLength(int index) {
        return batch.getInt(headerAt(index) + RecordLayout.FIELD_VALUE_LENGTH_AT);
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

    private int keyAt(int index) {
        Checks.within("key_index", index, 0, keyCount() - 1);
        int at = cursor.recordAt() + RecordLayout.HEADER_BYTES;
        for (int left = index; left > 0; left--) {
            at = RecordLayout.afterKey(batch, at);
        }
        return at;
    }

    private int headerAt(int index) {
        Checks.within("header_index", index, 0, headerCount() - 1);
        int at = cursor.headersAt();
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
