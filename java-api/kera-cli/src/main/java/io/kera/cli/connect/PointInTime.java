package io.kera.cli.connect;

import io.kera.cli.console.Amounts;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;

/** A time as people write it. Stateless. */
public final class PointInTime {
    public static final String FORMS =
            "2026-01-31, 2026-01-31T12:00, 2026-01-31T12:00:00Z, @MILLISECONDS since 1970, or 10m for ten minutes ago";

    private PointInTime() {}

    /** Milliseconds since 1970; -1: the text is no time. Without a zone it is local. */
    public static long parse(String text, long nowMillis) {
        if (text.matches("@\\d{1,18}")) {
            return Long.parseLong(text.substring(1));
        }
        final long ago = text.matches("-?\\d+[a-zA-Z]+") ? Amounts.parseMillis(text.replaceFirst("^-", "")) : -1;
        if (ago >= 0) {
            return Math.max(0, nowMillis - ago);
        }
        try {
            return Math.max(-1, instant(text).toEpochMilli());
        } catch (DateTimeException e) {
            return -1;
        }
    }

    private static Instant instant(String text) {
        if (text.matches(".*(Z|[+-]\\d\\d:?\\d\\d)") && text.contains("T")) {
            return OffsetDateTime.parse(text).toInstant();
        }
        final LocalDateTime local = text.contains("T")
                ? LocalDateTime.parse(text)
                : LocalDate.parse(text).atStartOfDay();
        return local.atZone(ZoneId.systemDefault()).toInstant();
    }
}
