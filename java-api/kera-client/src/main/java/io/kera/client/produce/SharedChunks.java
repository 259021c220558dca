package io.kera.client.produce;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.session.Refusals;
import io.kera.ffi.NativeProducer;
import io.kera.ffi.SharedChunkLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The chunk buffers that the loop has lent to this producer, and what became of those that were sent.
 *
 * <p>Any thread. What comes from the loop may be read by any that has the lock, which is held for a few instructions and
 * never while anybody waits. Invariant: a chunk is free here, open in the hands of who writes records, or the loop's.
 */
public final class SharedChunks {
    private final NativeProducer producer;
    private final MessagesToLoop toLoop;
    private final StreamGrowth growth;
    private final Callbacks callbacks = new Callbacks();
    private final OneToOneRingBuffer fromLoop;
    private final FreeChunks free;
    private final int chunkBytes;
    /** Of a streamlet that are on their way. */
    private final int chunksMax;

    private final MessageHandler reader = this::onMessage;

    private final SpinLock lock = new SpinLock();
    private final List<SharedChunk> chunks = new ArrayList<>();
    private long messagesRead;
    private long askedRead;
    private volatile boolean refuses;
    private boolean closed;
    /** Of a large chunk that was asked for. */
    private @Nullable KeraException refused;

    private @Nullable KeraException fenced;

    /** At most {@code chunksMax} chunks of a streamlet are on their way. */
    public SharedChunks(NativeProducer producer, MessagesToLoop toLoop, StreamGrowth growth, int chunksMax) {
        this.producer = producer;
        this.toLoop = toLoop;
        this.growth = growth;
        this.chunksMax = chunksMax;
        fromLoop = producer.fromLoop();
        chunkBytes = producer.chunkBytes();
        free = new FreeChunks(chunkBytes);
    }

    /** Unlock also where something is thrown: no allocation is safe. */
    public void lock() {
        lock.lock();
    }

    public void unlock() {
        lock.unlock();
    }

    Callbacks callbacks() {
        return callbacks;
    }

    // ---- Who opens chunks.

    /**
     * A free chunk with that much room, for a streamlet that may open one more; null: not now. Asks for more where there
     * may be more. Throws where none can be had ever.
     */
    @Nullable
    SharedChunk take(OpenChunk target, int bytes) {
        final boolean ordinary = free.isOrdinary(bytes);
        @Nullable SharedChunk taken = null;
        int ask = 0;
        final KeraException why;
        final boolean returns;
        lock();
        try {
            why = lookFor(target, ordinary);
            if (why == null && mayOpen(target)) {
                taken = free.poll(bytes, callbacks);
                if (taken != null) {
                    target.unsettled.incrementAndGet();
                    taken.setTarget(target);
                } else if (ordinary) {
                    ask = free.ask();
                }
            }
            returns = free.hasReturns();
        } finally {
            unlock();
        }
        if (why != null) {
            throw Refusals.again(why);
        }
        if (returns) {
            returnChunks();
        }
        for (int i = 0; i < ask; i++) {
            toLoop.wanted(chunkBytes);
        }
        if (returns || ask > 0) {
            toLoop.wake();
        }
        return taken;
    }

    /** Reads outcomes, for who waits until it may open a chunk. Throws where that will not be. */
    void look(OpenChunk target) {
        final KeraException why;
        lock();
        try {
            why = lookFor(target, true);
        } finally {
            unlock();
        }
        if (why != null) {
            throw Refusals.again(why);
        }
    }

    /** Whether fewer chunks of the streamlet are on their way than may be. */
    boolean mayOpen(OpenChunk target) {
        return target.unsettled.get() < chunksMax;
    }

    /**
     * Whether so many callbacks have still to run that the calling thread must not open a chunk; it may run callbacks
     * itself, and then it may open one.
     *
     * @param again the thread waits already, and goes on when there is more to do than one chunk
     */
    boolean mustWaitForCallbacks(OpenChunk target, boolean again) {
        return mustWait(target, again) && !callbacks.areRunHere();
    }

    private boolean mustWait(OpenChunk target, boolean again) {
        final int most = again ? Math.max(1, chunksMax - chunksMax / 4) : chunksMax;
        final int notTold = target.notTold.get();
        return notTold > 0 && target.unsettled.get() + notTold >= most && !refuses;
    }

    /**
     * Until there may be a free one again, where there was none. Where too much is on its way, until a quarter of that
     * has its outcome: each wait costs a switch of threads.
     */
    void await(OpenChunk target, long timeoutNs) {
        final int outcomes = mayOpen(target) ? 1 : Math.max(1, chunksMax / 4);
        producer.await(target.messagesSeen + outcomes, Long.MAX_VALUE, timeoutNs);
    }

    /** Why it gets none ever. */
    private @Nullable KeraException lookFor(OpenChunk target, boolean ordinary) {
        readOutcomes();
        target.messagesSeen = messagesRead;
        if (refuses) {
            return Refusals.closed("producer");
        }
        if (fenced != null || ordinary || refused == null) {
            return fenced != null ? fenced : target.stopped;
        }
        final KeraException why = refused;
        refused = null;
        return why;
    }

    /** Asks for room for a large record; everything that is free goes back, so that there may be a run of it. */
    void wantLarge(int bytes) {
        lock();
        try {
            free.returnAll();
        } finally {
            unlock();
        }
        returnChunks();
        toLoop.wanted(bytes);
        toLoop.wake();
    }

    /** A chunk that nothing was committed to. */
    void putBack(SharedChunk chunk) {
        lock();
        try {
            final OpenChunk target = chunk.target();
            if (target != null) {
                target.unsettled.decrementAndGet();
            }
            if (chunk.dropExpected()) {
                callbacks.expectNot();
            }
            free.add(chunk);
        } finally {
            unlock();
        }
    }

    /** Lets other threads add to it; not where they are refused. Whether they may. */
    boolean publish(SharedChunk chunk, int bytes) {
        lock();
        final boolean shared = chunk.publish(bytes, refuses);
        unlock();
        return shared;
    }

    /** Commits what threads of the streamlet could not write, and sends that chunk. */
    void spoil(OpenChunk target) {
        final List<SharedChunk> spoilt;
        lock();
        try {
            spoilt = chunks.stream()
                    .filter(chunk -> chunk.target() == target && chunk.spoil())
                    .toList();
        } finally {
            unlock();
        }
        for (final SharedChunk chunk : spoilt) {
            toLoop.full(chunk);
        }
        toLoop.wake();
    }

    /** A record was not committed whose callback was expected as the chunk's first one. */
    void expectNot(OpenChunk target, SharedChunk chunk) {
        lock();
        if (chunk.target() != target && chunk.dropExpected()) {
            callbacks.expectNot();
        }
        unlock();
    }

    private void returnChunks() {
        for (; ; ) {
            lock();
            final SharedChunk chunk = free.pollReturn();
            unlock();
            if (chunk == null) {
                return;
            }
            toLoop.returned(chunk);
            lock();
            free.returned();
            unlock();
        }
    }

    // ---- Any thread.

    /** Callbacks of the streamlet have run: who waits for that may go on. */
    void callbacksRan(OpenChunk target) {
        final Thread waiting = target.waiting;
        if (waiting != null && !mustWait(target, true)) {
            LockSupport.unpark(waiting);
        }
    }

    boolean hasIoThread() {
        return producer.hasIoThread();
    }

    /** The streamlet takes records again. */
    public void recovered(OpenChunk target) {
        lock();
        try {
            readOutcomes();
            target.stopped = null;
        } finally {
            unlock();
        }
    }

    /** Takes all that the loop has told by now. REQUIRES: the lock. */
    public void readOutcomes() {
        // The first read ends where the ring ends, though more may lie at its start.
        for (int reads = 0; reads < 2 && !closed; reads++) {
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

    /** Nobody opens a chunk any more, nor reserves anything in an open one. */
    void refuse() {
        lock();
        refuses = true;
        chunks.forEach(SharedChunk::closeToThreads);
        unlock();
    }

    /** Whether some thread still writes what it has reserved. REQUIRES: {@link #refuse()}. */
    boolean areWritten() {
        lock();
        boolean written = false;
        for (int i = 0; i < chunks.size(); i++) {
            written |= chunks.get(i).isWritten();
        }
        unlock();
        return written;
    }

    /** Whether nobody can open a chunk any more. */
    boolean refuses() {
        return refuses;
    }

    /**
     * What is on its way ends with that error; nothing native is touched any more. The fence pairs with the one thread's
     * commit: its callback is seen here, or it sees that this refuses.
     */
    public void close(KeraException why) {
        lock();
        try {
            readOutcomes();
            refuses = true;
            closed = true;
            VarHandle.fullFence();
            for (final SharedChunk chunk : chunks) {
                final OpenChunk target = chunk.target();
                if (target != null) {
                    callbacks.settle(chunk, target, Integer.MAX_VALUE, -1, -1, false, why);
                }
            }
        } finally {
            unlock();
        }
    }

    // ---- With the lock.

    private void onMessage(int type, MutableDirectBuffer ring, int at, int length) {
        messagesRead++;
        switch (type) {
            case SharedChunkLayout.SETTLED -> onSettled(ring, at);
            case SharedChunkLayout.GRANTED -> onGranted(ring, at);
            case SharedChunkLayout.NONE_LEFT -> free.refused();
            case SharedChunkLayout.REFUSED -> refused = Refusals.read(ring, at);
            case SharedChunkLayout.REGION_RETIRED ->
                free.retire(ring.getInt(at + SharedChunkLayout.RETIRED_REGION_MIN));
            case SharedChunkLayout.STREAM_GROWN -> growth.read(ring, at);
            default -> throw new IllegalStateException("message type=" + type);
        }
    }

    private void onGranted(MutableDirectBuffer ring, int at) {
        final int number = ring.getInt(at + SharedChunkLayout.GRANTED_CHUNK);
        while (chunks.size() <= number) {
            chunks.add(new SharedChunk(chunks.size(), producer.states()));
        }
        final SharedChunk chunk = chunks.get(number);
        chunk.lend(
                ring.getLong(at + SharedChunkLayout.GRANTED_ADDRESS),
                Math.toIntExact(ring.getLong(at + SharedChunkLayout.GRANTED_ROOM)),
                ring.getInt(at + SharedChunkLayout.GRANTED_REGION));
        free.granted(chunk);
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
        askedRead += (flags & SharedChunkLayout.SETTLED_ASKED) != 0 ? 1 : 0;
        if (why != null && (flags & SharedChunkLayout.SETTLED_STOPPED) != 0) {
            target.stopped = why;
        }
        if (why != null && ((flags & SharedChunkLayout.SETTLED_FENCED) != 0 || why.code() == ErrorCode.CLOSED)) {
            fenced = why;
        }
        callbacks.settle(
                chunk,
                target,
                ring.getInt(at + SharedChunkLayout.SETTLED_RECORDS),
                ring.getLong(at + SharedChunkLayout.SETTLED_BASE_OFFSET),
                ring.getLong(at + SharedChunkLayout.SETTLED_APPEND_TIME),
                (flags & SharedChunkLayout.SETTLED_DUPLICATE) != 0,
                why);
        free.add(chunk);
    }
}
