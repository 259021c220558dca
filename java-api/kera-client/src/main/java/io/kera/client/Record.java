package io.kera.client;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.produce.OpenChunk;
import io.kera.client.produce.StreamletChoice;
import io.kera.client.session.Checks;
import io.kera.wire.RecordLayout;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A record to be sent: its stream and, if it has them, keys, headers, a time and a value.
 *
 * <p>One thread. It may be used again: {@link Producer#send} has copied it when it returns. Until then the given bytes
 * must not change. Import it by its name: {@code import io.kera.client.*} does not hide {@code java.lang.Record}.
 *
 * <pre>{@code
 * producer.send(Record.of("clicks", "user-7", "checkout"));
 * producer.send(new Record("clicks").key(keyBytes).header("trace", traceBytes).value(valueBytes));
 * }</pre>
 */
@SuppressWarnings("JavaLangClash")
public final class Record {
    /** Limit of a record's bytes: keys, headers and value together. */
    public static final int BYTES_MAX = RecordLayout.VALUE_BYTES_MAX;

    private String stream;
    private int streamlet = StreamWriter.ANY_STREAMLET;
    private boolean ownTime;
    private long timestampMs;
    private boolean hasValue;
    private final Part value = new Part();
    private Part[] keys = {};
    private int keyCount;
    private Part[] fields = {};
    private int fieldCount;

    /** A piece of somebody's bytes. */
    private static final class Part {
        final UnsafeBuffer bytes = new UnsafeBuffer(0, 0);
        int length;
        byte[] name = {};
        boolean isNull;

        void wrap(DirectBuffer buffer, int index, int size) {
            bytes.wrap(buffer, index, size);
            length = size;
        }

        void wrap(byte[] array) {
            bytes.wrap(array);
            length = array.length;
        }
    }

    public Record(String stream) {
        this.stream = stream;
    }

    /** Text without a key. */
    public static Record of(String stream, String value) {
        return new Record(stream).value(value);
    }

    /** Text with a key. */
    public static Record of(String stream, String key, String value) {
        return new Record(stream).key(key).value(value);
    }

    /** Bytes without a key. */
    public static Record of(String stream, byte[] value) {
        return new Record(stream).value(value);
    }

    /** Bytes with a key. */
    public static Record of(String stream, byte[] key, byte[] value) {
        return new Record(stream).key(key).value(value);
    }

    /** Removes everything but the stream. */
    public Record clear() {
        streamlet = StreamWriter.ANY_STREAMLET;
        ownTime = false;
        hasValue = false;
        keyCount = 0;
        fieldCount = 0;
        return this;
    }

    public Record stream(String name) {
        stream = name;
        return this;
    }

    /** Chooses the streamlet, whatever the key. */
    public Record streamlet(int number) {
        streamlet = number;
        return this;
    }

    /** Sets the record's own time, in milliseconds since 1970. Without it, the record has the time of its chunk. */
    public Record timestampMs(long epochMillis) {
        ownTime = true;
        timestampMs = epochMillis;
        return this;
    }

    /** Adds a key; the first one chooses the streamlet. */
    public Record key(byte[] bytes) {
        nextKey().wrap(bytes);
        return this;
    }

    /** Adds a key. */
    public Record key(String text) {
        return key(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a key. */
    public Record key(DirectBuffer buffer, int index, int length) {
        nextKey().wrap(buffer, index, length);
        return this;
    }

    public Record value(byte[] bytes) {
        value.wrap(bytes);
        hasValue = true;
        return this;
    }

    public Record value(String text) {
        return value(text.getBytes(StandardCharsets.UTF_8));
    }

    public Record value(DirectBuffer buffer, int index, int length) {
        value.wrap(buffer, index, length);
        hasValue = true;
        return this;
    }

    /** Adds a header. */
    public Record header(String name, byte[] bytes) {
        final Part field = nextField(name);
        field.isNull = false;
        field.wrap(bytes);
        return this;
    }

    /** Adds a header that has no value. */
    public Record header(String name) {
        final Part field = nextField(name);
        field.isNull = true;
        field.length = 0;
        return this;
    }

    String stream() {
        return stream;
    }

    boolean hasOwnTime() {
        return ownTime;
    }

    long timestampMs() {
        return timestampMs;
    }

    <C extends OpenChunk> C chooseChunk(StreamletChoice<C> choice) {
        if (streamlet != StreamWriter.ANY_STREAMLET) {
            return choice.numbered(streamlet);
        }
        return keyCount == 0 ? choice.any() : choice.ofKey(keys[0].bytes, 0, keys[0].length);
    }

    /** Bytes that it takes in a chunk. */
    int bytes() {
        long before = RecordLayout.HEADER_BYTES;
        for (int i = 0; i < keyCount; i++) {
            before += RecordLayout.keyBytes(keys[i].length);
        }
        for (int i = 0; i < fieldCount; i++) {
            before += RecordLayout.fieldBytes(fields[i].name.length, fields[i].length);
        }
        final long all = before + valueLength();
        if (all > BYTES_MAX) {
            throw KeraException.of(ErrorCode.LIMIT_EXCEEDED, "record_bytes", BYTES_MAX, all);
        }
        return RecordLayout.recordBytes((int) before, valueLength());
    }

    void write(MutableDirectBuffer chunk, int start, int bytes, int timestampDeltaMs) {
        RecordLayout.writeHeader(
                chunk,
                start,
                bytes,
                hasValue ? 0 : RecordLayout.NULL_VALUE,
                keyCount,
                fieldCount,
                timestampDeltaMs,
                valueLength());
        int at = start + RecordLayout.HEADER_BYTES;
        for (int i = 0; i < keyCount; i++) {
            at = RecordLayout.writeKey(chunk, at, keys[i].bytes, 0, keys[i].length);
        }
        for (int i = 0; i < fieldCount; i++) {
            final Part field = fields[i];
            final int next = RecordLayout.writeField(
                    chunk, at, field.name.length, field.isNull ? RecordLayout.NULL_VALUE : 0, field.length);
            chunk.putBytes(at + RecordLayout.FIELD_HEADER_BYTES, field.name);
            if (field.length > 0) {
                chunk.putBytes(at + RecordLayout.FIELD_HEADER_BYTES + field.name.length, field.bytes, 0, field.length);
            }
            at = next;
        }
        if (hasValue) {
            chunk.putBytes(at, value.bytes, 0, value.length);
        }
    }

    private int valueLength() {
        return hasValue ? value.length : 0;
    }

    private Part nextKey() {
        Checks.within("keys", keyCount + 1, 1, RecordLayout.KEYS_MAX);
        if (keyCount == keys.length) {
            keys = grown(keys);
        }
        return keys[keyCount++];
    }

    private Part nextField(String name) {
        Checks.within("headers", fieldCount + 1, 1, RecordLayout.FIELDS_MAX);
        if (fieldCount == fields.length) {
            fields = grown(fields);
        }
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        Checks.within("header_name_bytes", bytes.length, 0, RecordLayout.FIELD_NAME_BYTES_MAX);
        final Part field = fields[fieldCount++];
        field.name = bytes;
        return field;
    }

    private static Part[] grown(Part[] parts) {
        final Part[] more = java.util.Arrays.copyOf(parts, Math.max(2, 2 * parts.length));
        for (int i = parts.length; i < more.length; i++) {
            more[i] = new Part();
        }
        return more;
    }
}
