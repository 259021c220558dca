package io.kera.client.produce;

import io.kera.ffi.NativeClient;
import io.kera.ffi.NativeException;
import io.kera.ffi.NativeProducer;
import io.kera.ffi.SharedChunkLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.ReentrantLock;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/**
 * What a producer says to the loop about shared chunks. Any thread: a lock lets in one at a time. It is never taken per
 * record. Who has said something then calls {@link #wake()}.
 */
public final class MessagesToLoop {
    private static final int NO_RING = -1;

    private final NativeClient client;
    private final NativeProducer producer;
    private final OneToOneRingBuffer ring;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean closed;

    public MessagesToLoop(NativeClient client, NativeProducer producer) {
        this.client = client;
        this.producer = producer;
        ring = producer.toLoop();
    }

    /** The first record is committed. */
    void opened(SharedChunk chunk, OpenChunk target) {
        lock.lock();
        try {
            final int at = claim(SharedChunkLayout.OPENED, SharedChunkLayout.OPENED_BYTES);
            if (at == NO_RING) {
                return;
            }
            final MutableDirectBuffer memory = ring.buffer();
            memory.putInt(at + SharedChunkLayout.OPENED_CHUNK, chunk.number());
            memory.putInt(at + SharedChunkLayout.OPENED_STREAM, target.streamHandle());
            memory.putInt(at + SharedChunkLayout.OPENED_STREAMLET, target.streamlet());
            memory.putLong(at + SharedChunkLayout.OPENED_FIRST_TIMESTAMP, chunk.firstTimestampMs());
            ring.commit(at);
        } finally {
            lock.unlock();
        }
    }

    /** It is to be sent now, if it is open. */
    void full(SharedChunk chunk) {
        say(SharedChunkLayout.FULL, chunk);
    }

    /** It is not needed any more, or was asked for. */
    void returned(SharedChunk chunk) {
        say(SharedChunkLayout.RETURNED, chunk);
    }

    /** A chunk with that much room is needed. */
    void wanted(long bytes) {
        lock.lock();
        try {
            final int at = claim(SharedChunkLayout.WANTED, SharedChunkLayout.WANTED_BYTES);
            if (at != NO_RING) {
                ring.buffer().putLong(at + SharedChunkLayout.WANTED_SIZE, bytes);
                ring.commit(at);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The ring is not touched any more; what is said goes nowhere. */
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    private void say(int type, SharedChunk chunk) {
        lock.lock();
        try {
            final int at = claim(type, SharedChunkLayout.NUMBER_BYTES);
            if (at != NO_RING) {
                ring.buffer().putInt(at + SharedChunkLayout.NUMBER_CHUNK, chunk.number());
                ring.commit(at);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The loop reads its ring in every round, so a full one is soon empty. After the end there is none. */
    private int claim(int type, int bytes) {
        if (closed) {
            return NO_RING;
        }
        int at = ring.tryClaim(type, bytes);
        while (at < 0) {
            if (client.hasIoThread()) {
                if (client.isClosed()) {
                    return NO_RING;
                }
                Thread.yield();
            } else {
                client.poll();
            }
            at = ring.tryClaim(type, bytes);
        }
        return at;
    }

    /** After messages: wakes the loop if it sleeps. The calling thread should hold no lock of the producer. */
    void wake() {
        if (client.hasIoThread() && mustWake()) {
            try {
                client.wake();
            } catch (NativeException e) {
                // The client was closed: what it had got its outcome.
            }
        }
    }

    /** The fence pairs with the loop's before it sleeps: it sees the message, or we see that it sleeps. */
    private boolean mustWake() {
        lock.lock();
        try {
            VarHandle.fullFence();
            return !closed && producer.isAsleep();
        } finally {
            lock.unlock();
        }
    }
}
