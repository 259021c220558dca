package io.kera.client.produce;

import io.kera.client.errors.KeraException;
import io.kera.client.session.Refusals;
import io.kera.ffi.NativeProducer;
import io.kera.ffi.SharedChunkLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The chunk buffers that the loop has lent to this producer: which are free, and what became of those that were sent.
 *
 * <p>What comes from the loop may be read by any thread that has the lock, which is held for a few instructions and
 * never while anybody waits. Invariant: a chunk is free here, open in the hands of the producer's thread, or the loop's.
 */
public final class SharedChunks {
    private static final int WANTED_AT_ONCE = 8;

    /** Told of each chunk that has its outcome, by whoever reads it, with the lock. */
    @FunctionalInterface
    public interface OutcomeListener {
        /**
         * The chunk's memory is free when this returns.
         *
         * @param target where its records went
         * @param baseOffset of the first record; -1: not known
         * @param appendTimeMs -1: not known
         * @param error null: it is as durable as was asked for
         */
        void onOutcome(
                int chunk,
                OpenChunk target,
                long baseOffset,
                long appendTimeMs,
                boolean duplicate,
                @Nullable KeraException error);
    }

    private final NativeProducer producer;
    private final MessagesToLoop toLoop;
    private final OutcomeListener listener;
    private final OneToOneRingBuffer fromLoop;
    private final int chunkBytes;
    private final MessageHandler reader = this::onMessage;

    private final AtomicBoolean lock = new AtomicBoolean();
    private final List<SharedChunk> chunks = new ArrayList<>();
    private final ArrayDeque<SharedChunk> free = new ArrayDeque<>();
    private final ArrayDeque<SharedChunk> large = new ArrayDeque<>();
    private final ArrayDeque<SharedChunk> toReturn = new ArrayDeque<>();
    private long messagesRead;
    private long messagesAtTake;
    private long askedRead;
    private int wanted;
    private boolean noneLeft;
    private int regionMin;
    private boolean closed;
    private @Nullable KeraException refused;
    private @Nullable KeraException fenced;

    public SharedChunks(NativeProducer producer, MessagesToLoop toLoop, OutcomeListener listener) {
        this.producer = producer;
        this.toLoop = toLoop;
        this.listener = listener;
        fromLoop = producer.fromLoop();
        chunkBytes = producer.chunkBytes();
    }

    public void lock() {
        int spins = 0;
        while (!lock.compareAndSet(false, true)) {
            if (++spins > 100) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    public void unlock() {
        lock.set(false);
    }

    // ---- The producer's thread.

    /**
     * A free chunk with that much room, for a streamlet that has fewer than {@code chunksMax} on their way; null: not
     * now. Asks for more where there may be more. Throws where none can be had ever.
     */
    @Nullable
    SharedChunk take(OpenChunk target, int bytes, int chunksMax) {
        final boolean ordinary = bytes <= chunkBytes;
        @Nullable SharedChunk taken = null;
        int ask = 0;
        lock();
        readOutcomes();
        messagesAtTake = messagesRead;
        final KeraException why = refusal(target);
        refused = null;
        if (why == null && target.unsettled < chunksMax) {
            taken = ordinary ? free.pollFirst() : takeLarge(bytes);
            ask = ordinary && taken == null && wanted == 0 && !noneLeft ? WANTED_AT_ONCE : 0;
            wanted += ask;
        }
        final boolean returns = !toReturn.isEmpty();
        unlock();
        if (why != null) {
            throw Refusals.again(why);
        }
        if (returns) {
            returnChunks();
        }
        for (int i = 0; i < ask; i++) {
            toLoop.wanted(chunkBytes);
        }
        return taken;
    }

    /**
     * Until there may be a free one again, where there was none. Where too much is on its way, until a quarter of that
     * has its outcome: each wait costs a switch of threads.
     */
    void await(OpenChunk target, int chunksMax, long timeoutNs) {
        final int outcomes = unsettled(target) < chunksMax ? 1 : Math.max(1, chunksMax / 4);
        producer.await(messagesAtTake + outcomes, Long.MAX_VALUE, timeoutNs);
    }

    private @Nullable KeraException refusal(OpenChunk target) {
        if (closed) {
            return Refusals.closed("producer");
        }
        return fenced != null ? fenced : refused != null ? refused : target.stopped;
    }

    /** Asks for room for a large record; everything that is free goes back, so that there may be a run of it. */
    void wantLarge(int bytes) {
        lock();
        toReturn.addAll(free);
        free.clear();
        noneLeft = false;
        unlock();
        returnChunks();
        toLoop.wanted(bytes);
    }

    /** A chunk that nothing was committed to. */
    void putBack(SharedChunk chunk) {
        lock();
        chunk.settle();
        makeFree(chunk);
        unlock();
    }

    /** One more that has no outcome. */
    void open(OpenChunk target) {
        lock();
        target.unsettled++;
        unlock();
    }

    private void returnChunks() {
        for (; ; ) {
            lock();
            final SharedChunk chunk = toReturn.poll();
            unlock();
            if (chunk == null) {
                return;
            }
            toLoop.returned(chunk);
        }
    }

    int unsettled(OpenChunk target) {
        lock();
        final int count = target.unsettled;
        unlock();
        return count;
    }

    // ---- Any thread.

    /** The streamlet takes records again. */
    public void recovered(OpenChunk target) {
        lock();
        readOutcomes();
        target.stopped = null;
        unlock();
    }

    /** Takes what the loop has told. REQUIRES: the lock. */
    public void readOutcomes() {
        if (!closed) {
            fromLoop.read(reader);
        }
    }

    /** Of chunks that were asked about, as many as were read of. REQUIRES: the lock. */
    public long askedRead() {
        return askedRead;
    }

    /** Until the loop has settled so many chunks that were asked about. */
    public void awaitAsked(long count, long timeoutNs) {
        producer.await(Long.MAX_VALUE, count, timeoutNs);
    }

    /** What is on its way ends with that error; nothing native is touched any more. */
    public void close(KeraException why) {
        lock();
        closed = true;
        for (final SharedChunk chunk : chunks) {
            final OpenChunk target = chunk.target();
            if (target != null) {
                listener.onOutcome(chunk.number(), target, -1, -1, false, why);
            }
        }
        unlock();
    }

    // ---- With the lock.

    private @Nullable SharedChunk takeLarge(int bytes) {
        SharedChunk taken = large.pollLast();
        if (taken != null && taken.room() < bytes) {
            toReturn.add(taken);
            taken = null;
        }
        if (taken == null) {
            // What has become free since: the loop needs neighbours for a run.
            toReturn.addAll(free);
            free.clear();
        }
        return taken;
    }

    private void onMessage(int type, MutableDirectBuffer ring, int at, int length) {
        messagesRead++;
        switch (type) {
            case SharedChunkLayout.SETTLED -> onSettled(ring, at);
            case SharedChunkLayout.GRANTED -> onGranted(ring, at);
            case SharedChunkLayout.NONE_LEFT -> {
                wanted--;
                noneLeft = true;
            }
            case SharedChunkLayout.REFUSED -> refused = Refusals.read(ring, at);
            case SharedChunkLayout.REGION_RETIRED ->
                onRegionRetired(ring.getInt(at + SharedChunkLayout.RETIRED_REGION_MIN));
            default -> throw new IllegalStateException("message type=" + type);
        }
    }

    private void onGranted(MutableDirectBuffer ring, int at) {
        final int number = ring.getInt(at + SharedChunkLayout.GRANTED_CHUNK);
        while (chunks.size() <= number) {
            chunks.add(new SharedChunk(chunks.size()));
        }
        final SharedChunk chunk = chunks.get(number);
        chunk.lend(
                ring.getLong(at + SharedChunkLayout.GRANTED_ADDRESS),
                Math.toIntExact(ring.getLong(at + SharedChunkLayout.GRANTED_ROOM)),
                ring.getInt(at + SharedChunkLayout.GRANTED_REGION));
        if (chunk.room() > chunkBytes) {
            large.addLast(chunk);
        } else {
            wanted--;
            makeFree(chunk);
        }
    }

    private void onSettled(MutableDirectBuffer ring, int at) {
        final SharedChunk chunk = chunks.get(ring.getInt(at + SharedChunkLayout.SETTLED_CHUNK));
        final int flags = ring.getInt(at + SharedChunkLayout.SETTLED_FLAGS);
        final int code = ring.getInt(at + SharedChunkLayout.SETTLED_CODE);
        final KeraException why = code == 0 ? null : Refusals.read(ring, at);
        final OpenChunk target = chunk.target();
        if (target == null) {
            throw new IllegalStateException("settled twice: chunk=" + chunk.number());
        }
        target.unsettled--;
        askedRead += (flags & SharedChunkLayout.SETTLED_ASKED) != 0 ? 1 : 0;
        if (why != null && (flags & SharedChunkLayout.SETTLED_STOPPED) != 0) {
            target.stopped = why;
        }
        if (why != null && (flags & SharedChunkLayout.SETTLED_FENCED) != 0) {
            fenced = why;
        }
        listener.onOutcome(
                chunk.number(),
                target,
                ring.getLong(at + SharedChunkLayout.SETTLED_BASE_OFFSET),
                ring.getLong(at + SharedChunkLayout.SETTLED_APPEND_TIME),
                (flags & SharedChunkLayout.SETTLED_DUPLICATE) != 0,
                why);
        chunk.settle();
        makeFree(chunk);
    }

    private void onRegionRetired(int min) {
        regionMin = min;
        noneLeft = false;
        for (int i = free.size(); i > 0; i--) {
            makeFree(free.pollFirst());
        }
    }

    private void makeFree(SharedChunk chunk) {
        if (chunk.region() < regionMin || chunk.room() > chunkBytes) {
            toReturn.addLast(chunk);
        } else {
            free.addLast(chunk);
        }
    }
}
