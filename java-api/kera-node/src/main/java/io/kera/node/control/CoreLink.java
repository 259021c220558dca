package io.kera.node.control;

import io.kera.ffi.NativeCore;
import io.kera.wire.FrameSeal;
import java.util.ArrayDeque;
import kera.codec.control.FrameHeaderDecoder;
import kera.codec.control.FrameHeaderEncoder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/**
 * The control plane's end of the rings: commands out, answers and events in. The control agent's thread; borrows the
 * core. When the ring is full, messages are kept in order, and sent in the next cycle.
 */
final class CoreLink {
    /** Takes frames that the core wrote. */
    @FunctionalInterface
    interface FrameHandler {
        void onFrame(FrameHeaderDecoder header, DirectBuffer frame, int offset, int length);
    }

    private static final int FRAME_TYPE = 1;
    private static final int FRAMES_PER_CYCLE = 64;

    private final NativeCore core;
    private final ManyToOneRingBuffer toCore;
    private final OneToOneRingBuffer fromCore;
    private final MessageHandler reading;
    private final FrameHeaderDecoder header = new FrameHeaderDecoder();
    private final ArrayDeque<UnsafeBuffer> waiting = new ArrayDeque<>();

    CoreLink(NativeCore core, FrameHandler handler) {
        this.core = core;
        toCore = new ManyToOneRingBuffer(core.controlToCore());
        fromCore = new OneToOneRingBuffer(core.controlFromCore());
        reading = (type, buffer, offset, length) -> {
            if (type != FRAME_TYPE || length < FrameSeal.HEADER_BYTES) {
                throw new IllegalStateException("ring_record_type=" + type + " bytes=" + length + " limit="
                        + FrameSeal.HEADER_BYTES + "; the core does not write such records");
            }
            handler.onFrame(header.wrap(buffer, offset), buffer, offset, length);
        };
    }

    /** The largest frame that the core takes. */
    int frameBytesMax() {
        return toCore.maxMsgLength();
    }

    /** Sends a sealed frame. */
    void send(DirectBuffer frame, int offset, int length) {
        if (length > frameBytesMax()) {
            throw new IllegalArgumentException(
                    "control_frame_bytes=" + length + " limit=" + frameBytesMax() + "; split the command");
        }
        if (waiting.isEmpty() && toCore.write(FRAME_TYPE, frame, offset, length)) {
            core.controlWake();
            return;
        }
        waiting.add(copy(frame, offset, length));
    }

    /** Sends a frame of the core's or a client's under another correlation id. */
    void forward(DirectBuffer frame, int offset, int length, long correlationId) {
        final UnsafeBuffer copy = copy(frame, offset, length);
        new FrameHeaderEncoder().wrap(copy, 0).correlationId(correlationId);
        send(copy, 0, length);
    }

    /** One duty cycle. */
    int poll() {
        int work = 0;
        while (!waiting.isEmpty()) {
            final UnsafeBuffer first = waiting.element();
            if (!toCore.write(FRAME_TYPE, first, 0, first.capacity())) {
                break;
            }
            waiting.remove();
            work++;
        }
        if (work > 0) {
            core.controlWake();
        }
        return work + fromCore.read(reading, FRAMES_PER_CYCLE);
    }

    /** Whether messages wait for room in the ring. */
    boolean isBacklogged() {
        return !waiting.isEmpty();
    }

    static UnsafeBuffer copy(DirectBuffer from, int offset, int length) {
        final UnsafeBuffer copy = new UnsafeBuffer(new byte[length]);
        copy.putBytes(0, from, offset, length);
        return copy;
    }
}
