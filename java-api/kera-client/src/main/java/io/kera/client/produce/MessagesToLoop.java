package io.kera.client.produce;

import io.kera.ffi.NativeClient;
import io.kera.ffi.NativeProducer;
import io.kera.ffi.SharedChunkLayout;
import java.lang.invoke.VarHandle;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/** What a producer says to the loop about shared chunks. The producer's thread. */
public final class MessagesToLoop {
    private final NativeClient client;
    private final NativeProducer producer;
    private final OneToOneRingBuffer ring;

    public MessagesToLoop(NativeClient client, NativeProducer producer) {
        this.client = client;
        this.producer = producer;
        ring = producer.toLoop();
    }

    /** The first record is committed. */
    void opened(SharedChunk chunk, OpenChunk target) {
        final int at = claim(SharedChunkLayout.OPENED, SharedChunkLayout.OPENED_BYTES);
        final MutableDirectBuffer memory = ring.buffer();
        memory.putInt(at + SharedChunkLayout.OPENED_CHUNK, chunk.number());
        memory.putInt(at + SharedChunkLayout.OPENED_STREAM, target.streamHandle());
        memory.putInt(at + SharedChunkLayout.OPENED_STREAMLET, target.streamlet());
        memory.putLong(at + SharedChunkLayout.OPENED_FIRST_TIMESTAMP, chunk.firstTimestampMs());
        publish(at);
    }

    /** It is to be sent now. */
    void full(SharedChunk chunk) {
        say(SharedChunkLayout.FULL, chunk);
    }

    /** It is not needed any more, or was asked for. */
    void returned(SharedChunk chunk) {
        say(SharedChunkLayout.RETURNED, chunk);
    }

    /** A chunk with that much room is needed. */
    void wanted(long bytes) {
        final int at = claim(SharedChunkLayout.WANTED, SharedChunkLayout.WANTED_BYTES);
        ring.buffer().putLong(at + SharedChunkLayout.WANTED_SIZE, bytes);
        publish(at);
    }

    private void say(int type, SharedChunk chunk) {
        final int at = claim(type, SharedChunkLayout.NUMBER_BYTES);
        ring.buffer().putInt(at + SharedChunkLayout.NUMBER_CHUNK, chunk.number());
        publish(at);
    }

    /** The loop reads its ring in every round, so a full one is soon empty. */
    private int claim(int type, int bytes) {
        int at = ring.tryClaim(type, bytes);
        while (at < 0) {
            if (client.hasIoThread()) {
                Thread.yield();
            } else {
                client.poll();
            }
            at = ring.tryClaim(type, bytes);
        }
        return at;
    }

    /** The fence pairs with the loop's before it sleeps: it sees the message, or we see that it sleeps. */
    private void publish(int at) {
        ring.commit(at);
        if (client.hasIoThread()) {
            VarHandle.fullFence();
            if (producer.isAsleep()) {
                client.wake();
            }
        }
    }
}
