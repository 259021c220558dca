package io.kera.bench.load;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * How long values are: {@code 100}, {@code uniform:50..200}, {@code lognormal:MEDIAN:SIGMA}, {@code zipf:LEAST..MOST:S}.
 * Immutable. Lengths are drawn once, with a fixed seed, so that drawing costs a load and every engine gets the same.
 */
public final class Payload {
    /** The time when a record was due and the time when it was sent are in its first bytes. */
    public static final int BYTES_MIN = 16;

    public static final int BYTES_MAX = 8 << 20;

    private static final int LENGTHS = 1 << 14;
    private static final long SEED = 20_240_229;

    private final String text;
    private final int[] lengths;

    private Payload(String text, int[] lengths) {
        this.text = text;
        this.lengths = lengths;
    }

    public static Payload fixed(int bytes) {
        return parse(Integer.toString(bytes));
    }

    /**
     * As said above.
     *
     * @throws IllegalArgumentException names what cannot be, and what can
     */
    public static Payload parse(String text) {
        final String[] parts = text.toLowerCase(Locale.ROOT).split(":", -1);
        final SplittableRandom random = new SplittableRandom(SEED);
        try {
            final int[] lengths = switch (parts[0]) {
                case "uniform" -> {
                    final int[] range = range(parts[1]);
                    yield draw(() -> random.nextInt(range[0], range[1] + 1));
                }
                case "lognormal" -> {
                    final double median = Double.parseDouble(parts[1]);
                    final double sigma = Double.parseDouble(parts[2]);
                    final java.util.Random normal = new java.util.Random(SEED);
                    yield draw(() -> (int) Math.min(
                            BYTES_MAX, Math.max(BYTES_MIN, median * Math.exp(sigma * normal.nextGaussian()))));
                }
                case "zipf" -> zipf(range(parts[1]), Double.parseDouble(parts[2]), random);
                default -> new int[] {Integer.parseInt(parts[parts.length - 1])};
            };
            for (final int length : lengths) {
                within(length, text);
            }
            return new Payload(text, lengths);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new IllegalArgumentException("payload=" + text
                    + "; give BYTES, uniform:LEAST..MOST, lognormal:MEDIAN:SIGMA or zipf:LEAST..MOST:S");
        }
    }

    /** Of the record with that number. */
    public int length(long number) {
        return lengths.length == 1 ? lengths[0] : lengths[(int) number & (LENGTHS - 1)];
    }

    public int longest() {
        return Arrays.stream(lengths).max().orElse(BYTES_MIN);
    }

    public double mean() {
        return Arrays.stream(lengths).average().orElse(BYTES_MIN);
    }

    @Override
    public String toString() {
        return text;
    }

    private static int[] draw(java.util.function.IntSupplier one) {
        final int[] lengths = new int[LENGTHS];
        Arrays.setAll(lengths, index -> one.getAsInt());
        return lengths;
    }

    /** Rank r of the lengths in the range, shortest first, has a weight of 1 / r^s. */
    private static int[] zipf(int[] range, double s, SplittableRandom random) {
        final int ranks = range[1] - range[0] + 1;
        final double[] sums = new double[ranks];
        double sum = 0;
        for (int rank = 0; rank < ranks; rank++) {
            sum += Math.pow(rank + 1, -s);
            sums[rank] = sum;
        }
        final double total = sum;
        return draw(() -> {
            final int found = Arrays.binarySearch(sums, random.nextDouble() * total);
            return range[0] + Math.min(ranks - 1, found < 0 ? -found - 1 : found);
        });
    }

    private static int[] range(String text) {
        final String[] ends = text.split("\\.\\.", -1);
        final int[] range = {Integer.parseInt(ends[0]), Integer.parseInt(ends[1])};
        within(range[0], text);
        within(range[1], text);
        if (range[0] > range[1]) {
            throw new IllegalArgumentException("payload=" + text + "; the least comes first");
        }
        return range;
    }

    private static void within(int bytes, String text) {
        if (bytes < BYTES_MIN || bytes > BYTES_MAX) {
            throw new IllegalArgumentException("payload=" + text + " bytes=" + bytes + " limit=" + BYTES_MIN + ".."
                    + BYTES_MAX + "; the first 16 carry times");
        }
    }
}
