package io.kera.cli.console;

/** What the command's exit status says; scripts rely on these numbers, which never change. */
public final class ExitCode {
    public static final int OK = 0;
    /** It was tried, and did not work. */
    public static final int FAILED = 1;
    /** The command line itself is wrong: nothing was tried. */
    public static final int MISUSED = 2;
    /** There is no such stream, streamlet or file. */
    public static final int NOT_FOUND = 3;
    /** No node answers there, or not in time. */
    public static final int UNREACHABLE = 4;
    /** The node wants another token. */
    public static final int UNAUTHORIZED = 5;
    /** What was looked at is damaged, or not fit for use. */
    public static final int DAMAGED = 6;

    /** Ended by Ctrl-C. */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}
