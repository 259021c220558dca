package io.kera.bench.race;

import java.util.Locale;

/** What a figure must reach; in the words of {@code native/bench}. */
public record Target(Bound bound, double value) {
    /** Of the figure itself, or of its ratio to the peer's. */
    public enum Bound {
        NONE,
        AT_LEAST,
        AT_MOST,
        RATIO_AT_LEAST,
        RATIO_AT_MOST
    }

    static final Target NONE = new Target(Bound.NONE, 0);

    static Target atLeast(double value) {
        return new Target(Bound.AT_LEAST, value);
    }

    static Target atMost(double value) {
        return new Target(Bound.AT_MOST, value);
    }

    static Target ratioAtLeast(double value) {
        return new Target(Bound.RATIO_AT_LEAST, value);
    }

    static Target ratioAtMost(double value) {
        return new Target(Bound.RATIO_AT_MOST, value);
    }

    boolean isOfRatio() {
        return bound == Bound.RATIO_AT_LEAST || bound == Bound.RATIO_AT_MOST;
    }

    boolean isMetBy(double figure) {
        final boolean least = bound == Bound.AT_LEAST || bound == Bound.RATIO_AT_LEAST;
        return least ? figure >= value : figure <= value;
    }

    /** In words; empty for none. */
    public String text() {
        final String number = String.format(Locale.ROOT, "%.4g", value).replaceAll("\\.?0+$", "");
        return switch (bound) {
            case NONE -> "";
            case AT_LEAST -> ">= " + number;
            case AT_MOST -> "<= " + number;
            case RATIO_AT_LEAST -> ">= " + number + " x peer";
            case RATIO_AT_MOST -> "<= " + number + " x peer";
        };
    }
}
