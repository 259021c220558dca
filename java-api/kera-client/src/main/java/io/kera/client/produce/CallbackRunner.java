package io.kera.client.produce;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.ffi.NativeException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs a producer's callbacks, on a thread of its own. Without an I/O thread it runs them inside the caller's calls.
 *
 * <p>The thread starts with the first record that has a callback. It sleeps while nobody waits for an outcome. Invariant:
 * it sleeps only when no chunk is expected; it announces the sleep first, and checks afterwards.
 */
public final class CallbackRunner implements Runnable {
    private static final long AWAIT_NS = 1_000_000;

    /** Calls what a user gave to hear of a record's outcome; this package stores it, and does not know it. */
    @FunctionalInterface
    public interface Caller {
        void call(Object callback, ChunkCallbacks settled, int record);
    }

    private final String name;
    private final SharedChunks chunks;
    private final Callbacks callbacks;
    private final Caller caller;
    private volatile boolean parked;
    private volatile boolean stopping;
    private volatile @Nullable Thread thread;

    public CallbackRunner(String name, SharedChunks chunks, Caller caller) {
        this.name = name;
        this.chunks = chunks;
        this.callbacks = chunks.callbacks();
        this.caller = caller;
    }

    /** Some chunk is expected. Any thread; without an I/O thread the caller runs the callbacks. */
    void expect() {
        final Thread running = thread;
        if (running == null) {
            start();
        } else if (parked) {
            LockSupport.unpark(running);
        }
    }

    private synchronized void start() {
        if (thread == null && chunks.hasIoThread()) {
            final Thread made = new Thread(this, "kera-callbacks-" + name);
            made.setDaemon(true);
            thread = made;
            made.start();
        }
    }

    @Override
    public void run() {
        callbacks.runHere();
        try {
            while (!stopping) {
                if (runSettled() == 0) {
                    rest();
                }
            }
        } catch (NativeException e) {
            // The client was closed under the producer: stop() runs what is left.
            parked = false;
        }
    }

    /** Runs the callbacks of chunks that have their outcome. Returns how many chunks that was. One thread at a time. */
    public int runSettled() {
        int count = 0;
        for (ChunkCallbacks next = next(null); next != null; next = next(next)) {
            runAll(next);
            count++;
        }
        return count;
    }

    /** In the order of the records. When one throws, the others still run. */
    private void runAll(ChunkCallbacks settled) {
        for (int record = 0; record < settled.count(); record++) {
            final Object callback = settled.take(record);
            if (callback != null) {
                try {
                    caller.call(callback, settled, record);
                } catch (RuntimeException | Error e) {
                    System.getLogger(CallbackRunner.class.getName())
                            .log(System.Logger.Level.ERROR, "send callback failed", e);
                }
            }
        }
    }

    /** Gives one back, and takes the next. */
    private @Nullable ChunkCallbacks next(@Nullable ChunkCallbacks ran) {
        @Nullable OpenChunk target = null;
        final @Nullable ChunkCallbacks next;
        chunks.lock();
        try {
            if (ran != null) {
                target = ran.target();
                callbacks.giveBack(ran);
            }
            chunks.readOutcomes();
            next = callbacks.poll();
        } finally {
            chunks.unlock();
        }
        if (target != null) {
            chunks.callbacksRan(target);
        }
        return next;
    }

    private void rest() {
        if (callbacks.isExpecting()) {
            final long asked;
            chunks.lock();
            try {
                asked = callbacks.hasSettled() ? 0 : chunks.askedRead() + 1;
            } finally {
                chunks.unlock();
            }
            chunks.awaitAsked(asked, AWAIT_NS);
            return;
        }
        parked = true;
        if (!hasWork() && !stopping) {
            LockSupport.park(this);
        }
        parked = false;
    }

    private boolean hasWork() {
        chunks.lock();
        try {
            return callbacks.isExpecting() || callbacks.hasSettled();
        } finally {
            chunks.unlock();
        }
    }

    /** Waits until the callbacks of all chunks have run that have their outcome now, or until the deadline. */
    public void awaitQuiet(long deadlineNs) {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("a callback must not wait for its producer");
        }
        final long count;
        chunks.lock();
        try {
            chunks.readOutcomes();
            count = callbacks.settledCount();
        } finally {
            chunks.unlock();
        }
        while (!haveRun(count)) {
            final long left = deadlineNs - System.nanoTime();
            if (left <= 0) {
                throw KeraException.of(ErrorCode.TIMED_OUT, "flush_callbacks", 0, 1);
            }
            LockSupport.parkNanos(this, Math.min(left, AWAIT_NS / 10));
        }
    }

    private boolean haveRun(long count) {
        chunks.lock();
        try {
            return callbacks.haveRun(count);
        } finally {
            chunks.unlock();
        }
    }

    /** Ends the thread; the caller runs the callbacks that are left. Idempotent; any thread. */
    public void stop() {
        stopping = true;
        final Thread running = thread;
        if (running != null && running != Thread.currentThread()) {
            LockSupport.unpark(running);
            boolean interrupted = false;
            while (running.isAlive()) {
                try {
                    running.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
