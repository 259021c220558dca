package io.kera.node.log;

import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Log lines of a node: time, level, event, fields. The core's lines have the same form; the core writes them to standard
 * error itself. There are few lines, and never one per record. Any thread.
 */
@FunctionalInterface
public interface NodeLog {
    /** The level of a line. */
    enum Level {
        INFO,
        WARN,
        ERROR
    }

    /** Writes to standard error. */
    NodeLog STANDARD_ERROR = to(System.err);

    /** Takes a line without its time. */
    void line(Level level, String line);

    /** Logs an event. {@code fields} are names and values, in turn. */
    default void log(Level level, String event, Object... fields) {
        final StringBuilder line = new StringBuilder("level=")
                .append(level.name().toLowerCase(Locale.ROOT))
                .append(" event=")
                .append(event);
        for (int at = 0; at + 1 < fields.length; at += 2) {
            line.append(' ').append(fields[at]).append('=').append(quoted(String.valueOf(fields[at + 1])));
        }
        line(level, line.toString());
    }

    static NodeLog to(PrintStream stream) {
        final DateTimeFormatter time = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
                .withZone(ZoneOffset.UTC);
        return (level, line) -> stream.println(time.format(Instant.now()) + " " + line);
    }

    private static String quoted(String text) {
        if (!text.isEmpty()
                && text.chars().noneMatch(c -> c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)) {
            return text;
        }
        final StringBuilder quoted = new StringBuilder("\"");
        for (int at = 0; at < text.length(); at++) {
            final char c = text.charAt(at);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f) {
                quoted.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
