package io.kera.cli.record;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Holds a loop back to so many steps a second, evenly, without catching up on more than a tenth of a second. One thread;
 * it sleeps.
 */
final class RateLimit {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long LAG_NS_MAX = SECOND_NS / 10;

    private final double stepNs;
    private double dueNs;

    /** No limit where the rate is 0. */
    RateLimit(double stepsPerSecond) {
        stepNs = stepsPerSecond == 0 ? 0 : SECOND_NS / stepsPerSecond;
        dueNs = System.nanoTime();
    }

    /** Waits until the next step is due, or it is over. */
    void await(BooleanSupplier over) {
        if (stepNs == 0) {
            return;
        }
        long now = System.nanoTime();
        while (now < dueNs && !over.getAsBoolean()) {
            LockSupport.parkNanos(Math.min((long) (dueNs - now), LAG_NS_MAX));
            now = System.nanoTime();
        }
        dueNs = Math.max(dueNs, now - (double) LAG_NS_MAX) + stepNs;
    }
}
