package io.kera.node.control;

import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;

/**
 * How the control agent idles. For a while after there was work it looks every {@value #ALERT_MICROS} us, then every
 * {@value #QUIET_MILLIS} ms. So creating a stream may wait that long, and an idle node looks forty times a second. One
 * thread.
 */
public final class QuietIdleStrategy implements IdleStrategy {
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
