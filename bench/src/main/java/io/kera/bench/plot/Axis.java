package io.kera.bench.plot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** From values to places on a line, and where its labelled ticks are; immutable. */
record Axis(double least, double most, boolean logarithmic, double from, double to) {
    private static final int TICKS = 5;

    Axis {
        if (!(most > least)) {
            throw new IllegalArgumentException("axis=" + least + ".." + most + "; the most must be above the least");
        }
    }

    /** From zero up to a round number. */
    static Axis linear(double most, double from, double to) {
        final double step = step(most <= 0 ? 1 : most);
        return new Axis(0, Math.ceil((most <= 0 ? 1 : most) / step) * step, false, from, to);
    }

    /** Whole decades. */
    static Axis logarithmic(double least, double most, double from, double to) {
        final double low = Math.pow(10, Math.floor(Math.log10(Math.max(1e-9, least))));
        final double high = Math.pow(10, Math.ceil(Math.log10(Math.max(low * 10, most)) - 1e-9));
        return new Axis(low, high, true, from, to);
    }

    double at(double value) {
        final double share = logarithmic
                ? (Math.log(Math.max(value, least)) - Math.log(least)) / (Math.log(most) - Math.log(least))
                : (value - least) / (most - least);
        return from + share * (to - from);
    }

    List<Double> ticks() {
        final List<Double> ticks = new ArrayList<>();
        if (logarithmic) {
            for (double tick = least; tick <= most * 1.001; tick *= 10) {
                ticks.add(tick);
            }
        } else {
            final double step = step(most);
            for (int number = 0; number * step <= most * 1.001; number++) {
                ticks.add(number * step);
            }
        }
        return ticks;
    }

    /** Short, with k, M or G. */
    static String label(double value) {
        final double size = Math.abs(value);
        if (size >= 1e9) {
            return trimmed(value / 1e9) + "G";
        }
        if (size >= 1e6) {
            return trimmed(value / 1e6) + "M";
        }
        return size >= 1e3 ? trimmed(value / 1e3) + "k" : trimmed(value);
    }

    private static String trimmed(double value) {
        final String text = String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 1 ? "%.2f" : "%.3f", value);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }

    /** 1, 2 or 5 times a power of ten. */
    private static double step(double most) {
        final double rough = most / TICKS;
        final double power = Math.pow(10, Math.floor(Math.log10(rough)));
        final double factor = rough / power;
        return (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10) * power;
    }
}
