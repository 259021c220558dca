package io.kera.bench.race;

import java.util.Locale;

/**
 * What a figure must reach; in the words of {@code native/bench}.
 *
 * @param system whose better client a ratio is taken to; empty for a bound of the figure itself
 */
public record Target(Bound bound, double value, String system) {
    /** Of the figure itself, or of its ratio to a peer's. */
    public enum Bound {
        AT_LEAST,
        AT_MOST,
        RATIO_AT_LEAST,
        RATIO_AT_MOST
    }

    static Target atLeast(double value) {
        return new Target(Bound.AT_LEAST, value, "");
    }

    static Target atMost(double value) {
        return new Target(Bound.AT_MOST, value, "");
    }

    static Target ratioAtLeast(double value, String system) {
        return new Target(Bound.RATIO_AT_LEAST, value, system);
    }

    static Target ratioAtMost(double value, String system) {
        return new Target(Bound.RATIO_AT_MOST, value, system);
    }

    boolean isOfRatio() {
        return bound == Bound.RATIO_AT_LEAST || bound == Bound.RATIO_AT_MOST;
    }

    boolean isMetBy(double figure) {
        final boolean least = bound == Bound.AT_LEAST || bound == Bound.RATIO_AT_LEAST;
        return least ? figure >= value : figure <= value;
    }

    /** In words. */
    public String text() {
        final String number = String.format(Locale.ROOT, "%.4f", value).replaceAll("\\.?0+$", "");
        return (bound == Bound.AT_LEAST || bound == Bound.RATIO_AT_LEAST ? ">= " : "<= ")
                + number
                + (isOfRatio() ? " x " + system : "");
    }
}
