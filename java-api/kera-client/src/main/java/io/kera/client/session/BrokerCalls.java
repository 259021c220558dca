package io.kera.client.session;

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
public final class BrokerCalls {
    private static final int REQUEST_BYTES = 8 << 10;

    /** Writes a request's block and texts behind its header. Returns where it ends. */
    @FunctionalInterface
    public interface Request {
        int encode(MutableDirectBuffer frame, FrameHeaderEncoder header);
    }

    /** Reads an answer. */
    @FunctionalInterface
    public interface Answer<T> {
        T decode(UnsafeBuffer frame);
    }

    private final NativeClient client;
    private final long timeoutNs;
    private final UnsafeBuffer asked = new UnsafeBuffer(ByteBuffer.allocateDirect(REQUEST_BYTES));
    private final FrameHeaderEncoder header = new FrameHeaderEncoder();
    private UnsafeBuffer answered = new UnsafeBuffer(ByteBuffer.allocateDirect(REQUEST_BYTES));

    public BrokerCalls(NativeClient client, long timeoutNs) {
        this.client = client;
        this.timeoutNs = timeoutNs;
    }

    /** Sends the request, and reads its answer; once more, with more room, where the answer is longer than any before. */
    public synchronized <T> T call(Request request, Answer<T> answer) {
        final int bytes = FrameSeal.seal(asked, 0, request.encode(asked, header), 0);
        try {
            int length = client.ask(asked, bytes, answered, timeoutNs);
            while (length > answered.capacity()) {
                answered = new UnsafeBuffer(ByteBuffer.allocateDirect(length + length / 2));
                length = client.ask(asked, bytes, answered, timeoutNs);
            }
            return answer.decode(answered);
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }
}
