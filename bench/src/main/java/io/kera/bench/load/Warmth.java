package io.kera.bench.load;

import java.util.Locale;

/** How warm a load was when it began to count; immutable. */
public record Warmth(double seconds, End end) {
    /** Why the warm-up ended; of several, the last of these that occurred is that of all. */
    public enum End {
        /** It had a time of its own. */
        FIXED,
        /** The rates of the last slices agreed. */
        STEADY,
        /** They did not, and there was no more time. */
        UNSTEADY;

        /** In lines and in JSON. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        static End parse(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    public boolean isUnsteady() {
        return end == End.UNSTEADY;
    }

    /** Together: as long as the longest, as steady as the least steady. */
    Warmth plus(Warmth other) {
        return new Warmth(Math.max(seconds, other.seconds), end.compareTo(other.end) > 0 ? end : other.end);
    }

    /** For people. */
    public String text() {
        return String.format(
                Locale.ROOT,
                switch (end) {
                    case FIXED -> "warmed for %.1f s";
                    case STEADY -> "warm after %.0f s";
                    case UNSTEADY -> "NOT STEADY after %.0f s";
                },
                seconds);
    }
}
