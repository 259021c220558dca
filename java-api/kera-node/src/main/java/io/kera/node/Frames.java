package io.kera.node;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Where something was thrown, in one line of a log. Any thread. */
final class Frames {
    private static final int SHOWN = 8;

    private Frames() {}

    /** The innermost ones, the first of them first. */
    static String of(Throwable thrown) {
        return Arrays.stream(thrown.getStackTrace())
                .limit(SHOWN)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining(" < "));
    }
}
