package io.kera.node;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The stack trace of an exception as one field of a log line. Any thread. */
final class Frames {
    private static final int SHOWN = 8;

    private Frames() {}

    /** The innermost frames; the one that has thrown is first. */
    static String of(Throwable thrown) {
        return Arrays.stream(thrown.getStackTrace())
                .limit(SHOWN)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining(" < "));
    }
}
