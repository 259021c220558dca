package io.kera.node;

import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;

/**
 * Idling of the control agent: looks again every {@value #ALERT_MICROS} us for a while after there was work, then every
 * {@value #QUIET_MILLIS} ms. Creating a stream may wait those milliseconds; an idle node costs forty looks a second.
 * One thread.
 */
final class QuietIdleStrategy implements IdleStrategy {
    private static final int ALERT_MICROS = 100;
    private static final int QUIET_MILLIS = 25;
    private static final int ALERT_LOOKS = 500;
    private static final long ALERT_NANOS = ALERT_MICROS * 1_000L;
    private static final long QUIET_NANOS = QUIET_MILLIS * 1_000_000L;

    private int looksInVain;

    @Override
    public void idle(int workCount) {
        if (workCount > 0) {
            reset();
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        if (looksInVain < ALERT_LOOKS) {
            looksInVain++;
            LockSupport.parkNanos(ALERT_NANOS);
        } else {
            LockSupport.parkNanos(QUIET_NANOS);
        }
    }

    @Override
    public void reset() {
        looksInVain = 0;
    }

    @Override
    public String alias() {
        return "quiet";
    }
}
