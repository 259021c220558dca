package io.kera.client;

import io.kera.ffi.NativeClient;
import io.kera.ffi.NativeProducer;
import io.kera.ffi.PlaceLayout;
import java.lang.invoke.VarHandle;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/** What a producer says to the loop about its places. The producer's thread. */
final class ToLoop {
    private final NativeClient client;
    private final NativeProducer producer;
    private final OneToOneRingBuffer ring;

    ToLoop(NativeClient client, NativeProducer producer) {
        this.client = client;
        this.producer = producer;
        ring = producer.toLoop();
    }

    /** The first record is committed. */
    void opened(Place place, int stream, int streamlet) {
        final int at = claim(PlaceLayout.OPENED, PlaceLayout.OPENED_BYTES);
        final MutableDirectBuffer memory = ring.buffer();
        memory.putInt(at + PlaceLayout.OPENED_PLACE, place.number);
        memory.putInt(at + PlaceLayout.OPENED_STREAM, stream);
        memory.putInt(at + PlaceLayout.OPENED_STREAMLET, streamlet);
        memory.putLong(at + PlaceLayout.OPENED_FIRST_TIMESTAMP, place.firstTimestampMs);
        publish(at);
    }

    void full(Place place) {
        say(PlaceLayout.FULL, place);
    }

    void returned(Place place) {
        say(PlaceLayout.RETURNED, place);
    }

    void wanted(long bytes) {
        final int at = claim(PlaceLayout.WANTED, PlaceLayout.WANTED_BYTES);
        ring.buffer().putLong(at + PlaceLayout.WANTED_SIZE, bytes);
        publish(at);
    }

    private void say(int type, Place place) {
        final int at = claim(type, PlaceLayout.NUMBER_BYTES);
        ring.buffer().putInt(at + PlaceLayout.NUMBER_PLACE, place.number);
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
