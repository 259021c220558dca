package io.kera.client;

import io.kera.ffi.NativeClient;
import io.kera.ffi.NativeException;
import io.kera.ffi.NativeProducer;
import io.kera.ffi.PlaceLayout;
import io.kera.wire.ChunkLayout;
import io.kera.wire.RecordLayout;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Lays out records in open places, and commits them.
 *
 * <p>The producer's thread, inside its gate. A record is written behind what is committed, where the loop does not
 * look; one compare-and-set of the place's word makes it count. The loop may close the place at any time (linger,
 * flush): then that fails, and the record, still whole behind what was sent, is copied into the next place. The first
 * commit tells the loop of the place; the one after which no like record fits tells it that it is full.
 */
final class ChunkFiller {
    private static final int SPINS = 200;
    private static final long AWAIT_NS = 1_000_000;
    /** Without an I/O thread, somebody has to go and send; not for each chunk, but for so many bytes. */
    private static final int DRIVEN_BYTES = 64 << 10;

    private final NativeClient client;
    private final NativeProducer producer;
    private final Outbox outbox;
    private final ToLoop toLoop;
    private final UnsafeBuffer states;
    private final boolean driven;
    private final int chunksMax;
    private final long maxBlockNs;
    private final long chunkBytesMax;
    private final List<StreamWriter> writers = new ArrayList<>();
    private int filledBytes;

    private @Nullable OpenChunk claimed;
    private int claimedBytes;
    private int claimedValueAt;

    ChunkFiller(NativeClient client, NativeProducer producer, Outbox outbox, ToLoop toLoop, ProducerOptions options) {
        this.client = client;
        this.producer = producer;
        this.outbox = outbox;
        this.toLoop = toLoop;
        states = outbox.states;
        driven = !client.hasIoThread();
        chunksMax = options.streamletChunksMax();
        maxBlockNs = Checks.nanos(options.maxBlock());
        chunkBytesMax = producer.chunkBytesMax();
    }

    void add(StreamWriter writer) {
        writers.add(writer);
    }

    boolean hasClaim() {
        return claimed != null;
    }

    /** Of the record that is claimed. */
    long valueAddress() {
        final Place place = openPlace(claimed);
        return place.memory.addressOffset() + place.position + claimedValueAt;
    }

    void claimPlain(OpenChunk chunk, int bytes, int valueLength) {
        final Place place = placeFor(chunk, bytes);
        RecordLayout.writeHeader(place.memory, place.position, bytes, 0, 0, 0, 0, valueLength);
        claimed = chunk;
        claimedBytes = bytes;
        claimedValueAt = RecordLayout.HEADER_BYTES;
    }

    void claimKeyed(OpenChunk chunk, DirectBuffer key, int index, int length, int valueLength) {
        final int before = RecordLayout.HEADER_BYTES + RecordLayout.keyBytes(length);
        final int bytes = RecordLayout.recordBytes(before, valueLength);
        final Place place = placeFor(chunk, bytes);
        RecordLayout.writeHeader(place.memory, place.position, bytes, 0, 1, 0, 0, valueLength);
        RecordLayout.writeKey(place.memory, place.position + RecordLayout.HEADER_BYTES, key, index, length);
        claimed = chunk;
        claimedBytes = bytes;
        claimedValueAt = before;
    }

    void commit() {
        final OpenChunk chunk = claimed;
        if (chunk == null) {
            throw new IllegalStateException("no claim");
        }
        claimed = null;
        final Place place = openPlace(chunk);
        if (!tryCommit(place, claimedBytes)) {
            moveRecord(chunk, place, claimedBytes);
        } else {
            afterCommit(chunk, place, claimedBytes);
        }
    }

    void abort() {
        claimed = null;
    }

    void send(OpenChunk chunk, Record record, int bytes, @Nullable SendCallback callback) {
        for (; ; ) {
            final Place place =
                    record.hasOwnTime() ? placeFor(chunk, bytes, record.timestampMs()) : placeFor(chunk, bytes);
            final int delta = record.hasOwnTime() ? (int) (record.timestampMs() - place.firstTimestampMs) : 0;
            record.write(place.memory, place.position, bytes, delta);
            if (record.hasOwnTime() && !place.ownTimes) {
                place.ownTimes = true;
                states.putIntOrdered(place.stateAt + PlaceLayout.STATE_OWN_TIMES, 1);
            }
            if (callback == null ? tryCommit(place, bytes) : tryCommit(place, bytes, callback)) {
                afterCommit(chunk, place, bytes);
                return;
            }
            chunk.place = null;
        }
    }

    /** False: the loop has closed the place. */
    private boolean tryCommit(Place place, int bytes) {
        final long word = place.word;
        final long next = word + PlaceLayout.ONE_RECORD + bytes;
        if (!states.compareAndSetLong(place.stateAt + PlaceLayout.STATE_WORD, word, next)) {
            return false;
        }
        place.word = next;
        place.position += bytes;
        place.recordCount++;
        return true;
    }

    /** With the lock from the one to the other, no outcome can come between callback and record. */
    private boolean tryCommit(Place place, int bytes, SendCallback callback) {
        outbox.lock();
        try {
            final OpenChunk target = place.target;
            if (target == null || target.place != place) {
                return false;
            }
            outbox.addCompletion(place, place.recordCount, callback);
            final boolean committed = tryCommit(place, bytes);
            if (!committed) {
                outbox.removeCompletion(place);
            }
            return committed;
        } finally {
            outbox.unlock();
        }
    }

    private void afterCommit(OpenChunk chunk, Place place, int bytes) {
        if (place.recordCount == 1) {
            outbox.lock();
            chunk.unsettled++;
            outbox.unlock();
            toLoop.opened(place, chunk.writer.handle(), chunk.streamlet);
        }
        if (!place.fits(bytes)) {
            leave(chunk, place);
        }
    }

    /** The loop was quicker; what lies behind the part that it sent is ours, and is copied once. */
    private void moveRecord(OpenChunk chunk, Place closed, int bytes) {
        final int from = closed.position;
        chunk.place = null;
        for (; ; ) {
            final Place place = placeFor(chunk, bytes);
            place.memory.putBytes(place.position, closed.memory, from, bytes);
            if (tryCommit(place, bytes)) {
                afterCommit(chunk, place, bytes);
                return;
            }
            chunk.place = null;
        }
    }

    private void leave(OpenChunk chunk, Place place) {
        chunk.place = null;
        toLoop.full(place);
        filledBytes += place.position;
        if (driven && filledBytes >= DRIVEN_BYTES) {
            filledBytes = 0;
            client.poll();
        }
    }

    private Place placeFor(OpenChunk chunk, int bytes) {
        final Place place = chunk.place;
        if (place != null && place.fits(bytes) && isOpen(place)) {
            return place;
        }
        return nextPlace(chunk, bytes, System.currentTimeMillis());
    }

    private Place placeFor(OpenChunk chunk, int bytes, long timestampMs) {
        final Place place = chunk.place;
        if (place != null && place.fits(bytes) && isOpen(place)) {
            final long delta = timestampMs - place.firstTimestampMs;
            if (delta == (int) delta) {
                return place;
            }
        }
        return nextPlace(chunk, bytes, timestampMs);
    }

    private boolean isOpen(Place place) {
        return states.getLongVolatile(place.stateAt + PlaceLayout.STATE_WORD) == place.word;
    }

    private Place nextPlace(OpenChunk chunk, int bytes, long timestampMs) {
        final Place before = chunk.place;
        if (before != null) {
            if (before.recordCount == 0) {
                chunk.place = null;
                outbox.putBack(before);
            } else {
                leave(chunk, before);
            }
        }
        final int room = ChunkLayout.HEADER_BYTES + bytes;
        if (room > chunkBytesMax) {
            throw KeraException.of(ErrorCode.LIMIT_EXCEEDED, "chunk_bytes", chunkBytesMax, room);
        }
        try {
            final Place place = awaitPlace(chunk, room);
            place.begin(chunk, timestampMs);
            chunk.place = place;
            return place;
        } catch (NativeException e) {
            throw KeraException.of(e);
        }
    }

    private Place awaitPlace(OpenChunk chunk, int room) {
        final Place ready = outbox.take(chunk, room, chunksMax);
        if (ready != null) {
            return ready;
        }
        final boolean large = room > producer.chunkBytes();
        if (large) {
            sendOpen();
            outbox.wantLarge(room);
        }
        final long deadline = System.nanoTime() + Math.min(maxBlockNs, Long.MAX_VALUE / 2);
        int spins = 0;
        boolean sent = false;
        for (; ; ) {
            final Place place = outbox.take(chunk, room, chunksMax);
            if (place != null) {
                return place;
            }
            if (++spins > SPINS || driven) {
                if (!sent && outbox.unsettled(chunk) < chunksMax) {
                    // Memory is short: what lies in open chunks comes back only once they have left.
                    sendOpen();
                    sent = true;
                }
                final long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw KeraException.of(ErrorCode.BUFFER_EXHAUSTED, "memory_bytes", chunkBytesMax, room)
                            .becauseOf(ErrorCode.of((int) producer.stat("refused_with")));
                }
                outbox.awaitPlace(chunk, chunksMax, Math.min(left, AWAIT_NS));
            } else {
                Thread.onSpinWait();
            }
        }
    }

    private void sendOpen() {
        for (final StreamWriter writer : writers) {
            for (final OpenChunk chunk : writer.chunks()) {
                final Place place = chunk.place;
                if (place != null && place.recordCount > 0) {
                    leave(chunk, place);
                }
            }
        }
    }

    private static Place openPlace(@Nullable OpenChunk chunk) {
        if (chunk == null || chunk.place == null) {
            throw new IllegalStateException("no claim");
        }
        return chunk.place;
    }
}
