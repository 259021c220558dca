package io.kera.bench.race;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Median and extremes of some rounds. */
public record Spread(double median, double min, double max) {
    /** Of the values that are numbers; null when there are none. */
    public static @Nullable Spread of(List<Double> values) {
        final double[] sorted = values.stream()
                .mapToDouble(Double::doubleValue)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        if (sorted.length == 0) {
            return null;
        }
        final double median = sorted.length % 2 == 1
                ? sorted[sorted.length / 2]
                : Arrays.stream(sorted, sorted.length / 2 - 1, sorted.length / 2 + 1)
                        .average()
                        .orElse(Double.NaN);
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    Map<String, Object> json() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("median", median);
        json.put("min", min);
        json.put("max", max);
        return json;
    }
}
