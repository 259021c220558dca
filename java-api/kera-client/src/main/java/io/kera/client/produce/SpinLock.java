package io.kera.client.produce;

import java.util.concurrent.atomic.AtomicBoolean;

/** A lock that is held for a few instructions, so that nobody sleeps for it. Not for a thread that has it already. */
final class SpinLock {
    private static final int SPINS = 100;

    private final AtomicBoolean held = new AtomicBoolean();

    void lock() {
        int spins = 0;
        while (!held.compareAndSet(false, true)) {
            if (++spins > SPINS) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    void unlock() {
        held.set(false);
    }
}
