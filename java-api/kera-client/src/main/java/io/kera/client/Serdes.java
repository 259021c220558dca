package io.kera.client;

import io.kera.client.session.Checks;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/** Serialisers and deserialisers for text, bytes and numbers. Stateless. */
public final class Serdes {
    /** UTF-8. */
    public static final Serializer<String> TEXT = text -> text.getBytes(StandardCharsets.UTF_8);
    /** The bytes themselves. */
    public static final Serializer<byte[]> BYTES = bytes -> bytes;
    /** Eight bytes, little-endian. */
    public static final Serializer<Long> LONG = number -> {
        final byte[] bytes = new byte[Long.BYTES];
        new UnsafeBuffer(bytes).putLong(0, number, ByteOrder.LITTLE_ENDIAN);
        return bytes;
    };

    /** UTF-8. */
    public static final Deserializer<String> TO_TEXT = (buffer, index, length) -> {
        final byte[] bytes = new byte[length];
        buffer.getBytes(index, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    };
    /** A copy. */
    public static final Deserializer<byte[]> TO_BYTES = (buffer, index, length) -> {
        final byte[] bytes = new byte[length];
        buffer.getBytes(index, bytes);
        return bytes;
    };
    /** Eight bytes, little-endian. */
    public static final Deserializer<Long> TO_LONG = (buffer, index, length) -> {
        Checks.within("long_bytes", length, Long.BYTES, Long.BYTES);
        return buffer.getLong(index, ByteOrder.LITTLE_ENDIAN);
    };

    private Serdes() {}
}
