package io.kera.client;

import io.kera.client.session.Refusals;

/** Where a consumer begins to read a streamlet. */
public record Start(Kind kind, long value) {
    /** In the order of {@code enum kera_start}. */
    public enum Kind {
        OFFSET,
        EARLIEST,
        LATEST,
        TIME
    }

    private static final Start EARLIEST = new Start(Kind.EARLIEST, 0);
    private static final Start LATEST = new Start(Kind.LATEST, 0);

    public Start {
        if (value < 0) {
            throw Refusals.invalid("start_value", 0, value);
        }
    }

    public static Start at(long offset) {
        return new Start(Kind.OFFSET, offset);
    }

    public static Start earliest() {
        return EARLIEST;
    }

    public static Start latest() {
        return LATEST;
    }

    /** The first record at or after, in milliseconds since 1970. */
    public static Start atTime(long epochMillis) {
        return new Start(Kind.TIME, epochMillis);
    }
}
