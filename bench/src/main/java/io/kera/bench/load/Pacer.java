package io.kera.bench.load;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * When records are due: at equal distances, whatever became of those before. That a late record is timed from when it
 * was due is what corrects for coordinated omission. One thread; the clock is handed in.
 */
final class Pacer {
    private final LongSupplier clock;
    private final double periodNs;
    private final boolean spin;
    private long startNs;
    private long number;

    Pacer(double perSecond, boolean spin, LongSupplier clock) {
        this.clock = clock;
        this.spin = spin;
        periodNs = 1e9 / perSecond;
    }

    /** The next record is due now. */
    void begin() {
        startNs = clock.getAsLong();
        number = 0;
    }

    /** When the next record is due. */
    long dueNs() {
        return startNs + (long) (number * periodNs);
    }

    /** Has been sent. */
    void next() {
        number++;
    }

    /** Returns at once when the record is late. */
    void awaitDue() {
        final long dueNs = dueNs();
        for (long left = dueNs - clock.getAsLong(); left > 0; left = dueNs - clock.getAsLong()) {
            if (spin) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(left);
            }
        }
    }
}
