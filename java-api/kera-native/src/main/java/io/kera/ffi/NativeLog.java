package io.kera.ffi;

/** What libkera says of itself on standard error, in the whole process. Any thread. */
public final class NativeLog {
    /** Which lines are made: these, and those that weigh more. In the order of {@code enum kera_log_level}. */
    public enum Level {
        DEBUG,
        INFO,
        WARNING,
        ERROR,
        OFF
    }

    private NativeLog() {}

    /** From now on; it is {@link Level#INFO} until then. */
    public static void setLevel(Level level) {
        NativeLibrary.load();
        NativeCalls.setLogLevel(level.ordinal());
    }
}
