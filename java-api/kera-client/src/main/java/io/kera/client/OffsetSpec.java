package io.kera.client;

import io.kera.client.session.Refusals;

/** Which offset is asked for. */
public final class OffsetSpec {
    private static final OffsetSpec LATEST = new OffsetSpec(-1);
    private static final OffsetSpec EARLIEST = new OffsetSpec(-2);

    private final long wireTime;

    private OffsetSpec(long wireTime) {
        this.wireTime = wireTime;
    }

    /** Of the first record. */
    public static OffsetSpec earliest() {
        return EARLIEST;
    }

    /** After the last record. */
    public static OffsetSpec latest() {
        return LATEST;
    }

    /** Of the first record at or after a time, in milliseconds since 1970. */
    public static OffsetSpec atTime(long epochMillis) {
        if (epochMillis < 0) {
            throw Refusals.invalid("time_ms", 0, epochMillis);
        }
        return new OffsetSpec(epochMillis);
    }

    long wireTime() {
        return wireTime;
    }
}
