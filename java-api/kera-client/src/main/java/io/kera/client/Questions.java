package io.kera.client;

import io.kera.ffi.NativeClient;
import io.kera.ffi.NativeException;
import io.kera.wire.FrameSeal;
import java.nio.ByteBuffer;
import kera.codec.client.FrameHeaderEncoder;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Frames to the broker and back, one at a time.
 *
 * <p>Any thread: callers take turns. Owns the room for both frames, which grows with the answers.
 */
final class Questions {
    private static final int REQUEST_BYTES = 8 << 10;

    /** Writes a request's block and texts behind its header. Returns where it ends. */
    @FunctionalInterface
    interface Request {
        int encode(MutableDirectBuffer frame, FrameHeaderEncoder header);
    }

    /** Reads an answer. */
    @FunctionalInterface
    interface Answer<T> {
        T decode(UnsafeBuffer frame);
    }

    private final NativeClient client;
    private final long timeoutNs;
    private final UnsafeBuffer request = new UnsafeBuffer(ByteBuffer.allocateDirect(REQUEST_BYTES));
    private final FrameHeaderEncoder header = new FrameHeaderEncoder();
    private UnsafeBuffer answer = new UnsafeBuffer(ByteBuffer.allocateDirect(REQUEST_BYTES));

    Questions(NativeClient client, long timeoutNs) {
        this.client = client;
        this.timeoutNs = timeoutNs;
    }

    /** Asks again with more room when the answer is longer than ever before. */
    synchronized <T> T ask(Request question, Answer<T> reader) {
        final int bytes = FrameSeal.seal(request, 0, question.encode(request, header), 0);
        try {
            int answered = client.ask(request, bytes, answer, timeoutNs);
            while (answered > answer.capacity()) {
                answer = new UnsafeBuffer(ByteBuffer.allocateDirect(answered + answered / 2));
                answered = client.ask(request, bytes, answer, timeoutNs);
            }
            return reader.decode(answer);
        } catch (NativeException e) {
            throw KeraException.of(e);
        }
    }
}
