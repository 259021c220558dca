package io.kera.client;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.produce.Callbacks;
import io.kera.client.produce.ChunkCallbacks;
import io.kera.client.produce.SharedChunks;
import io.kera.ffi.NativeException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs a producer's callbacks, on a thread of its own. Without an I/O thread it runs them inside the caller's calls.
 *
 * <p>The thread starts with the first record that has a callback. It sleeps while there is none. Invariant: it sleeps
 * only when nothing is pending; it announces the sleep first, and checks afterwards.
 */
final class CallbackRunner implements Runnable {
    private static final long AWAIT_NS = 1_000_000;

    private final String name;
    private final SharedChunks chunks;
    private final Callbacks<SendCallback> callbacks;
    private volatile boolean parked;
    private volatile boolean stopping;
    private volatile @Nullable Thread thread;

    CallbackRunner(String name, SharedChunks chunks, Callbacks<SendCallback> callbacks) {
        this.name = name;
        this.chunks = chunks;
        this.callbacks = callbacks;
    }

    /** Something is pending. The producer's thread. */
    void expect() {
        final Thread running = thread;
        if (running == null) {
            final Thread made = new Thread(this, "kera-callbacks-" + name);
            made.setDaemon(true);
            thread = made;
            made.start();
        } else if (parked) {
            LockSupport.unpark(running);
        }
    }

    @Override
    public void run() {
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
    int runSettled() {
        int count = 0;
        for (ChunkCallbacks<SendCallback> next = next(); next != null; next = next()) {
            final int records = next.count();
            runAll(next);
            chunks.lock();
            callbacks.giveBack(next, records);
            chunks.unlock();
            count++;
        }
        return count;
    }

    /** In the order of the records. When one throws, the others still run. */
    private static void runAll(ChunkCallbacks<SendCallback> settled) {
        for (int at = 0; at < settled.count(); at++) {
            try {
                settled.take(at)
                        .onOutcome(
                                settled.stream(),
                                settled.streamlet(),
                                settled.offset(at),
                                settled.appendTimeMs(),
                                settled.isDuplicate(),
                                settled.error());
            } catch (RuntimeException e) {
                System.getLogger(Producer.class.getName()).log(System.Logger.Level.ERROR, "send callback failed", e);
            }
        }
        settled.clear();
    }

    private @Nullable ChunkCallbacks<SendCallback> next() {
        chunks.lock();
        chunks.readOutcomes();
        final ChunkCallbacks<SendCallback> next = callbacks.poll();
        chunks.unlock();
        return next;
    }

    private void rest() {
        if (pending() > 0) {
            chunks.lock();
            final long asked = callbacks.hasSettled() ? 0 : chunks.askedRead() + 1;
            chunks.unlock();
            chunks.awaitAsked(asked, AWAIT_NS);
            return;
        }
        parked = true;
        if (pending() == 0 && !stopping) {
            LockSupport.park(this);
        }
        parked = false;
    }

    private long pending() {
        chunks.lock();
        final long count = callbacks.pending();
        chunks.unlock();
        return count;
    }

    /** Waits until nothing is pending, or until the deadline. */
    void awaitQuiet(long deadlineNs) {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("a callback must not wait for its producer");
        }
        while (pending() > 0) {
            final long left = deadlineNs - System.nanoTime();
            if (left <= 0) {
                throw KeraException.of(ErrorCode.TIMED_OUT, "flush_records_left", 0, pending());
            }
            LockSupport.parkNanos(this, Math.min(left, AWAIT_NS / 10));
        }
    }

    /** Ends the thread; the caller runs the callbacks that are left. Idempotent; any thread but its own. */
    void stop() {
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
