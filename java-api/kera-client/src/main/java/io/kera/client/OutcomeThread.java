package io.kera.client;

import io.kera.ffi.NativeException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs a producer's callbacks while its own thread does something else.
 *
 * <p>Started with the first record whose fate somebody wants to know; sleeps for as long as nobody does. Invariant: it
 * is parked only when nothing is pending, which it looks at after it has said that it will.
 */
final class OutcomeThread implements Runnable {
    private static final long AWAIT_NS = 1_000_000;

    private final String name;
    private final Outbox outbox;
    private volatile boolean parked;
    private volatile boolean stopping;
    private volatile @Nullable Thread thread;

    OutcomeThread(String name, Outbox outbox) {
        this.name = name;
        this.outbox = outbox;
    }

    /** Something is pending. The producer's thread. */
    void expect() {
        final Thread running = thread;
        if (running == null) {
            final Thread made = new Thread(this, "kera-outcomes-" + name);
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
                if (outbox.runCompletions() == 0) {
                    rest();
                }
            }
        } catch (NativeException e) {
            // The client was closed under the producer: stop() runs what is left.
            parked = false;
        }
    }

    private void rest() {
        if (outbox.pending() > 0) {
            outbox.awaitOutcomes(AWAIT_NS);
            return;
        }
        parked = true;
        if (outbox.pending() == 0 && !stopping) {
            LockSupport.park(this);
        }
        parked = false;
    }

    /** Until nothing is pending, or the deadline. */
    void awaitQuiet(long deadlineNs) {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("a callback must not wait for its producer");
        }
        while (outbox.pending() > 0) {
            final long left = deadlineNs - System.nanoTime();
            if (left <= 0) {
                throw KeraException.of(ErrorCode.TIMED_OUT, "flush_records_left", 0, outbox.pending());
            }
            LockSupport.parkNanos(this, Math.min(left, AWAIT_NS / 10));
        }
    }

    /** Runs what is left, then ends. Idempotent; any thread but its own. */
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
