package io.kera.node.log;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The stack trace of an exception as one field of a log line. Any thread. */
public final class StackFrames {
    private static final int SHOWN = 8;

    private StackFrames() {}

    /** The innermost frames; the one that has thrown is first. */
    public static String of(Throwable thrown) {
        return Arrays.stream(thrown.getStackTrace())
                .limit(SHOWN)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining(" < "));
    }
}
