package io.kera.cli.console;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes, times and counts as people write and read them. Stateless. */
public final class Amounts {
    private static final Pattern AMOUNT = Pattern.compile("(\\d{1,18})\\s*([a-zA-Z]*)");
    private static final String[] BYTE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    private static final String[] COUNT_UNITS = {"", " k", " M", " G", " T"};

    private static final long COUNT_EXACT_MAX = 10_000;

    private Amounts() {}

    /** {@code 512}, {@code 64k}, {@code 10 GiB}; -1: it is none. */
    public static long parseBytes(String text) {
        final Matcher parts = AMOUNT.matcher(text.strip());
        return parts.matches() ? scaled(parts.group(1), byteUnit(parts.group(2))) : -1;
    }

    /** {@code 250ms}, {@code 10s}, {@code 7d}, in milliseconds; -1: it is none. */
    public static long parseMillis(String text) {
        final Matcher parts = AMOUNT.matcher(text.strip());
        return parts.matches() ? scaled(parts.group(1), milliUnit(parts.group(2))) : -1;
    }

    /** Such as {@code 1.5 GiB}. */
    public static String bytes(long bytes) {
        double left = bytes;
        int unit = 0;
        while (left >= 1024 && unit < BYTE_UNITS.length - 1) {
            left /= 1024;
            unit++;
        }
        return digits(left, unit == 0) + " " + BYTE_UNITS[unit];
    }

    /** Such as {@code 2.1 M}; exact below ten thousand. */
    public static String count(long count) {
        if (Math.abs(count) < COUNT_EXACT_MAX) {
            return Long.toString(count);
        }
        double left = count;
        int unit = 0;
        while (Math.abs(left) >= 1000 && unit < COUNT_UNITS.length - 1) {
            left /= 1000;
            unit++;
        }
        return digits(left, false) + COUNT_UNITS[unit];
    }

    /** Such as {@code 7d} or {@code 90m}: the largest unit that leaves nothing. */
    public static String millis(long millis) {
        for (final String unit : new String[] {"d", "h", "m", "s"}) {
            if (millis > 0 && millis % milliUnit(unit) == 0) {
                return millis / milliUnit(unit) + unit;
            }
        }
        return millis + "ms";
    }

    /** Such as {@code 1.25 s}. */
    public static String duration(Duration duration) {
        final double seconds = duration.toNanos() / 1e9;
        if (seconds < 1) {
            return String.format(Locale.ROOT, "%.0f ms", seconds * 1000);
        }
        return seconds < 120
                ? String.format(Locale.ROOT, "%.2f s", seconds)
                : String.format(Locale.ROOT, "%d m %02d s", duration.toMinutes(), duration.toSecondsPart());
    }

    private static String digits(double value, boolean whole) {
        return whole || value >= 100
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, "%.1f", value);
    }

    private static long scaled(String digits, long factor) {
        final long count = Long.parseLong(digits);
        return factor <= 0 || count > Long.MAX_VALUE / factor ? -1 : count * factor;
    }

    private static long byteUnit(String unit) {
        return switch (unit.toLowerCase(Locale.ROOT)) {
            case "", "b" -> 1;
            case "k", "kb", "kib" -> 1L << 10;
            case "m", "mb", "mib" -> 1L << 20;
            case "g", "gb", "gib" -> 1L << 30;
            case "t", "tb", "tib" -> 1L << 40;
            default -> -1;
        };
    }

    private static long milliUnit(String unit) {
        return switch (unit.toLowerCase(Locale.ROOT)) {
            case "ms" -> 1;
            case "s" -> 1_000;
            case "m", "min" -> 60_000;
            case "h" -> 3_600_000;
            case "d" -> 86_400_000;
            default -> -1;
        };
    }
}
