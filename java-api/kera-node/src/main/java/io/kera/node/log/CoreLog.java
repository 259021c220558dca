package io.kera.node.log;

import io.kera.ffi.NativeLog;

/**
 * How much all cores of this process log on standard error. A {@link NodeLog} does not get these lines. For programs
 * that run a node inside. Any thread.
 */
public enum CoreLog {
    /** As much as a node that is a process of its own. */
    USUAL(NativeLog.Level.INFO),
    WARNINGS(NativeLog.Level.WARNING),
    ERRORS(NativeLog.Level.ERROR),
    NOTHING(NativeLog.Level.OFF);

    private final NativeLog.Level level;

    CoreLog(NativeLog.Level level) {
        this.level = level;
    }

    /** Sets this level, for all cores of the process. */
    public void choose() {
        NativeLog.setLevel(level);
    }
}
