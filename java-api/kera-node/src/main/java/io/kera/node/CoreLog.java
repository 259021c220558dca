package io.kera.node;

import io.kera.ffi.NativeLog;

/**
 * How much the cores of this process say on standard error, where a {@link NodeLog} has no part in it. For programs
 * that embed a node and show something else. Any thread.
 */
public enum CoreLog {
    /** What a node as a process says. */
    USUAL(NativeLog.Level.INFO),
    WARNINGS(NativeLog.Level.WARNING),
    NOTHING(NativeLog.Level.OFF);

    private final NativeLog.Level level;

    CoreLog(NativeLog.Level level) {
        this.level = level;
    }

    /** From now on, for all of them. */
    public void choose() {
        NativeLog.setLevel(level);
    }
}
