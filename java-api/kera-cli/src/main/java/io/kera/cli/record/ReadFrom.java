package io.kera.cli.record;

import io.kera.cli.connect.PointInTime;
import io.kera.cli.connect.StreamletRange;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.client.Admin;
import io.kera.client.OffsetSpec;

/**
 * Where reading begins, from the text of a flag. Immutable.
 *
 * @param value offset, records before the end, or milliseconds since 1970
 */
record ReadFrom(Kind kind, long value) {
    enum Kind {
        BEGINNING,
        END,
        OFFSET,
        BEFORE_END,
        TIME
    }

    static final String FORMS =
            "beginning, end, an OFFSET, -N for the last N records of each streamlet, or a time: " + PointInTime.FORMS;

    static ReadFrom parse(String text, long nowMillis) {
        switch (text) {
            case "beginning", "earliest" -> {
                return new ReadFrom(Kind.BEGINNING, 0);
            }
            case "end", "latest" -> {
                return new ReadFrom(Kind.END, 0);
            }
            default -> {
                if (text.matches("\\d{1,18}")) {
                    return new ReadFrom(Kind.OFFSET, Long.parseLong(text));
                }
                if (text.matches("-\\d{1,18}")) {
                    return new ReadFrom(Kind.BEFORE_END, Long.parseLong(text.substring(1)));
                }
                final long millis = PointInTime.parse(text, nowMillis);
                if (millis < 0) {
                    throw new CommandFailure(ExitCode.MISUSED, "--from=" + text + "; give " + FORMS);
                }
                return new ReadFrom(Kind.TIME, millis);
            }
        }
    }

    /** The offset in a streamlet. */
    long offsetIn(Admin admin, String stream, StreamletRange range) {
        return switch (kind) {
            case BEGINNING -> range.earliest();
            case END -> range.latest();
            case BEFORE_END -> Math.max(range.earliest(), range.latest() - value);
            case TIME -> admin.findOffset(stream, range.streamlet(), OffsetSpec.atTime(value));
            case OFFSET -> {
                if (value > range.latest() || value < range.earliest()) {
                    throw new CommandFailure(
                            ExitCode.NOT_FOUND,
                            "--from=" + value + " limit=" + range.earliest() + ".." + range.latest() + " streamlet="
                                    + range.streamlet() + "; there is no such offset: 'kera offsets " + stream
                                    + "' shows the existing ones");
                }
                yield value;
            }
        };
    }
}
