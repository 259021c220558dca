package io.kera.ffi;

import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Chunks that lie somewhere, such as in a file. Any thread; stateless. */
public final class NativeChunks {
    private NativeChunks() {}

    /**
     * A copy of the chunk, decompressed if it is compressed.
     *
     * @param capacity room for the decompressed chunk, with its header
     * @throws NativeException {@code CORRUPT}: the payload is not what the header says; {@code UNSUPPORTED}: this system
     *     lacks the codec's library
     */
    public static UnsafeBuffer decompressed(DirectBuffer buffer, int at, int bytes, int capacity) {
        NativeLibrary.load();
        final UnsafeBuffer chunk = new UnsafeBuffer(ByteBuffer.allocateDirect(bytes));
        chunk.putBytes(0, buffer, at, bytes);
        final UnsafeBuffer plain = new UnsafeBuffer(ByteBuffer.allocateDirect(capacity));
        final int length = NativeCalls.decompressChunk(chunk.addressOffset(), bytes, plain.addressOffset(), capacity);
        return new UnsafeBuffer(plain, 0, length);
    }
}
