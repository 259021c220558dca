package io.kera.node.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the text of a setting becomes its value. Immutable.
 *
 * @param name for the table of keys, such as {@code size 16m..64t}
 * @param parser throws {@link IllegalArgumentException} whose message names limit and what to do
 */
record ConfigType<T>(String name, Function<String, T> parser) {
    private static final int PORT_MAX = 65_535;
    private static final Pattern TCP = Pattern.compile("tcp:.+:(\\d{1,5})");
    private static final Pattern AMOUNT = Pattern.compile("(\\d{1,18})\\s*([a-zA-Z]{0,3})");

    static ConfigType<Integer> integer(int least, int most) {
        return new ConfigType<>("integer " + least + ".." + most, text -> {
            final long value = text.matches("-?\\d{1,18}") ? Long.parseLong(text) : Long.MIN_VALUE;
            if (value < least || value > most) {
                throw refused("limit=" + least + ".." + most, "give a whole number in that range");
            }
            return (int) value;
        });
    }

    static ConfigType<Boolean> bool() {
        return new ConfigType<>("true|false", text -> switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw refused("limit=true|false", "give one of them");
        });
    }

    static ConfigType<String> choice(String... choices) {
        final String all = String.join("|", choices);
        return new ConfigType<>(all, text -> {
            if (!List.of(choices).contains(text)) {
                throw refused("limit=" + all, "give one of them");
            }
            return text;
        });
    }

    static ConfigType<String> text(int leastChars, int mostChars) {
        return new ConfigType<>("text", text -> {
            if (text.length() < leastChars || text.length() > mostChars) {
                throw refused("limit=" + leastChars + ".." + mostChars + " chars", "give a text of that length");
            }
            return text;
        });
    }

    /** With a suffix k, m, g or t, in steps of 1024. */
    static ConfigType<Long> size(long least, long most) {
        return new ConfigType<>("size " + sizeText(least) + ".." + sizeText(most), text -> {
            final long value = scaled(text, ConfigType::sizeUnit);
            if (value < least || value > most) {
                throw refused(
                        "limit=" + sizeText(least) + ".." + sizeText(most),
                        "give bytes, or a number with k, m, g or t");
            }
            return value;
        });
    }

    /** With a suffix ms, s, m, h or d. */
    static ConfigType<Duration> duration(Duration least, Duration most) {
        final String limits = durationText(least) + ".." + durationText(most);
        return new ConfigType<>("duration " + limits, text -> {
            final long millis = scaled(text, ConfigType::durationUnit);
            if (millis < least.toMillis() || millis > most.toMillis()) {
                throw refused("limit=" + limits, "give a number with ms, s, m, h or d");
            }
            return Duration.ofMillis(millis);
        });
    }

    /** URIs of transports, separated by commas. */
    static ConfigType<List<String>> uris() {
        return new ConfigType<>("URIs", text -> {
            final List<String> uris = new ArrayList<>();
            for (final String part : text.split(",", -1)) {
                final String uri = part.strip();
                final Matcher tcp = TCP.matcher(uri);
                if (!tcp.matches() && !uri.matches("shm:.+")) {
                    throw refused("limit=tcp:HOST:PORT|shm:FILE", "separate several by commas");
                }
                if (tcp.matches() && Integer.parseInt(tcp.group(1)) > PORT_MAX) {
                    throw refused("limit=tcp:HOST:0.." + PORT_MAX, "give such a port, where 0 takes any");
                }
                uris.add(uri);
            }
            return List.copyOf(uris);
        });
    }

    /** {@code host:port}, or {@code off}. */
    static ConfigType<String> hostPort() {
        return new ConfigType<>("HOST:PORT|off", text -> {
            final Matcher parts = Pattern.compile("(.+):(\\d{1,5})").matcher(text);
            if (!"off".equals(text) && (!parts.matches() || Integer.parseInt(parts.group(2)) > PORT_MAX)) {
                throw refused("limit=HOST:0..65535|off", "give an address with a port, where 0 takes any, or off");
            }
            return text;
        });
    }

    static String sizeText(long bytes) {
        final String[] units = {"", "k", "m", "g", "t"};
        long value = bytes;
        int unit = 0;
        while (unit < units.length - 1 && value >= 1024 && value % 1024 == 0) {
            value /= 1024;
            unit++;
        }
        return value + units[unit];
    }

    static String durationText(Duration duration) {
        final long millis = duration.toMillis();
        for (final String unit : List.of("d", "h", "m", "s")) {
            if (millis > 0 && millis % durationUnit(unit) == 0) {
                return millis / durationUnit(unit) + unit;
            }
        }
        return millis + "ms";
    }

    private static long scaled(String text, Function<String, Long> unit) {
        final Matcher parts = AMOUNT.matcher(text.strip());
        if (!parts.matches()) {
            return -1;
        }
        final long factor = unit.apply(parts.group(2).toLowerCase(Locale.ROOT));
        final long count = Long.parseLong(parts.group(1));
        return factor <= 0 || count > Long.MAX_VALUE / factor ? -1 : count * factor;
    }

    private static long sizeUnit(String unit) {
        return switch (unit) {
            case "", "b" -> 1;
            case "k", "kb", "kib" -> 1L << 10;
            case "m", "mb", "mib" -> 1L << 20;
            case "g", "gb", "gib" -> 1L << 30;
            case "t", "tb", "tib" -> 1L << 40;
            default -> -1;
        };
    }

    private static long durationUnit(String unit) {
        return switch (unit) {
            case "ms" -> 1;
            case "s" -> 1_000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            case "d" -> 86_400_000;
            default -> -1;
        };
    }

    private static IllegalArgumentException refused(String limit, String advice) {
        return new IllegalArgumentException(limit + "; " + advice);
    }
}
