package io.kera.cli.console;

/** The exit status of a command. Scripts rely on these numbers; they never change. */
public final class ExitCode {
    public static final int OK = 0;
    /** It was tried, and failed. */
    public static final int FAILED = 1;
    /** The command line itself is wrong: nothing was tried. */
    public static final int MISUSED = 2;
    /** There is no such stream, streamlet or file. */
    public static final int NOT_FOUND = 3;
    /** No node answers there, or not in time. */
    public static final int UNREACHABLE = 4;
    /** The node requires another token. */
    public static final int UNAUTHORIZED = 5;
    /** What was checked is damaged, or not fit for use. */
    public static final int DAMAGED = 6;

    /** Ended by Ctrl-C. */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}
