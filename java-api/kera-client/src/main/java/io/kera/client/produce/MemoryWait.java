package io.kera.client.produce;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.ffi.NativeClient;
import io.kera.ffi.NativeProducer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Waits for memory: short waits spin; before a long one the loop gets what lies in other open chunks, since their memory
 * comes back only once they are sent.
 *
 * <p>Any thread. Of many threads, one at a time waits for memory, in the order of their coming; but a streamlet that has
 * too much on its way holds up only those who write to it. Who waits for callbacks holds no lock that a callback might
 * need. Interrupts are left to those who look for them.
 */
final class MemoryWait {
    private static final int SPINS = 200;
    private static final long AWAIT_NS = 1_000_000;

    private final NativeProducer producer;
    private final SharedChunks chunks;
    private final Runnable sendOpen;
    private final boolean driven;
    /** Who waits for memory. */
    private final ReentrantLock turn = new ReentrantLock(true);
    /** Who waits for callbacks. */
    private final ReentrantLock listening = new ReentrantLock(true);

    MemoryWait(NativeClient client, NativeProducer producer, SharedChunks chunks, Runnable sendOpen) {
        this.producer = producer;
        this.chunks = chunks;
        this.sendOpen = sendOpen;
        driven = !client.hasIoThread();
    }

    /** Whether another thread waits for memory now, and comes first. */
    boolean othersWait() {
        return turn.isLocked();
    }

    /** Where callbacks are slower than the broker: until enough of them have run. */
    void forCallbacks(OpenChunk chunk, long deadline) {
        if (driven || !chunks.mustWaitForCallbacks(chunk, false)) {
            return;
        }
        take(listening, 0, deadline);
        try {
            while (chunks.mustWaitForCallbacks(chunk, true)) {
                chunk.waiting = Thread.currentThread();
                if (chunks.mustWaitForCallbacks(chunk, true)) {
                    LockSupport.parkNanos(this, left(0, deadline));
                }
                chunk.waiting = null;
            }
        } finally {
            listening.unlock();
        }
    }

    /** There is one thread. */
    SharedChunk forOne(OpenChunk chunk, int room, long deadline) {
        askForLarge(room);
        return untilTaken(chunk, room, deadline);
    }

    SharedChunk forMany(OpenChunk chunk, int room, long deadline) {
        while (!chunks.mayOpen(chunk)) {
            awaitOutcomes(chunk, room, deadline);
            chunks.look(chunk);
        }
        take(turn, room, deadline);
        try {
            askForLarge(room);
            return untilTaken(chunk, room, deadline);
        } finally {
            turn.unlock();
        }
    }

    KeraException exhausted(int room) {
        final ErrorCode cause = ErrorCode.of((int) producer.stat("refused_with"));
        return KeraException.of(ErrorCode.BUFFER_EXHAUSTED, "memory_bytes", producer.chunkBytesMax(), room, cause);
    }

    private void askForLarge(int room) {
        if (room > producer.chunkBytes()) {
            sendOpen.run();
            chunks.wantLarge(room);
        }
    }

    private SharedChunk untilTaken(OpenChunk chunk, int room, long deadline) {
        int spins = 0;
        boolean sent = false;
        for (; ; ) {
            final SharedChunk memory = chunks.take(chunk, room);
            if (memory != null) {
                return memory;
            }
            if (++spins > SPINS || driven) {
                if ((!sent || turn.isHeldByCurrentThread()) && chunks.mayOpen(chunk)) {
                    // Of many threads, others may have opened chunks meanwhile.
                    sendOpen.run();
                    sent = true;
                }
                awaitOutcomes(chunk, room, deadline);
            } else {
                Thread.onSpinWait();
            }
        }
    }

    /** Until there may be memory, for a while. */
    private void awaitOutcomes(OpenChunk chunk, int room, long deadline) {
        chunks.await(chunk, left(room, deadline));
    }

    /** Of one wait that others shall end. */
    private long left(int room, long deadline) {
        final long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw exhausted(room);
        }
        return Math.min(left, AWAIT_NS);
    }

    /** The lock, unless the deadline comes first. Who need not wait for memory has time enough for what others do. */
    void take(ReentrantLock lock, int room, long deadline) {
        boolean interrupted = false;
        try {
            for (; ; ) {
                try {
                    final long left = deadline - System.nanoTime();
                    if (lock.tryLock(Math.max(left, AWAIT_NS), TimeUnit.NANOSECONDS)) {
                        return;
                    }
                    throw exhausted(room);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
