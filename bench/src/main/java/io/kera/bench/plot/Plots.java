package io.kera.bench.plot;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which charts results make: files by name. Reads what the loads and {@code compare} write. Any thread. */
public final class Plots {
    private static final int NAME_MAX = 60;

    private Plots() {}

    /**
     * {@code documents} are parsed JSON by the name of where they came from.
     *
     * @throws IllegalArgumentException a document is neither a load nor rows
     */
    public static Map<String, String> of(Map<String, @Nullable Object> documents) {
        final Map<String, String> charts = new LinkedHashMap<>();
        final Map<String, List<Curve>> latencies = new LinkedHashMap<>();
        final List<Curve> rates = new ArrayList<>();
        documents.forEach((source, document) -> {
            if (document instanceof List<?> rows) {
                charts.put(fileName(source + "-compared"), bars(source, rows));
            } else if (document instanceof Map<?, ?> load && load.get("latency_us") instanceof Map<?, ?> kinds) {
                final String name = load.get("engine") + ", " + load.get("name") + " B (" + source + ")";
                kinds.forEach((kind, values) -> latencies
                        .computeIfAbsent(String.valueOf(kind), key -> new ArrayList<>())
                        .add(new Curve(name, points(((Map<?, ?>) values).get("percentiles"), source))));
                rates.add(new Curve(name, points(load.get("records_per_second"), source)));
            } else {
                throw new IllegalArgumentException("file=" + source
                        + " holds neither the result of a load nor the rows of compare; give what --json wrote");
            }
        });
        latencies.forEach((kind, curves) -> charts.put(
                fileName("latency-" + kind),
                CurveChart.percentiles("Latency, " + kind.replace('_', ' ') + ", by percentile", curves)));
        rates.removeIf(curve -> curve.points().isEmpty());
        if (!rates.isEmpty()) {
            charts.put("throughput.svg", CurveChart.overTime("Throughput over time", "records/s", rates));
        }
        return charts;
    }

    private static String bars(String source, List<?> rows) {
        final List<BarChart.Pair> pairs = new ArrayList<>();
        String peerName = "peer";
        for (final Object one : rows) {
            if (!(one instanceof Map<?, ?> row) || !(row.get("ours") instanceof Map<?, ?> ours)) {
                continue;
            }
            final Object peer = row.get("peer");
            double theirs = 0;
            if (peer instanceof Map<?, ?> figures && figures.get("median") instanceof Double median) {
                theirs = median;
                peerName = "peer's better client";
            } else if (row.get("limit") instanceof Double limit) {
                theirs = limit;
                peerName = "limit";
            }
            final Object ratio = row.get("ratio");
            pairs.add(new BarChart.Pair(
                    String.valueOf(row.get("name")),
                    String.valueOf(row.get("unit")),
                    ours.get("median") instanceof Double median ? median : 0,
                    theirs,
                    ratio instanceof Double number ? String.format(Locale.ROOT, "x %.3g", number) : ""));
        }
        return BarChart.of("Compared: " + source, "KerA", peerName, pairs);
    }

    private static List<double[]> points(@Nullable Object list, String source) {
        final List<double[]> points = new ArrayList<>();
        if (list instanceof List<?> all) {
            for (final Object one : all) {
                if (one instanceof List<?> pair
                        && pair.size() == 2
                        && pair.get(0) instanceof Double x
                        && pair.get(1) instanceof Double y) {
                    points.add(new double[] {x, y});
                } else {
                    throw new IllegalArgumentException("file=" + source + " point=" + one + "; give two numbers");
                }
            }
        }
        return points;
    }

    private static String fileName(String text) {
        final String name = text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        return name.substring(0, Math.min(NAME_MAX, name.length())) + ".svg";
    }
}
