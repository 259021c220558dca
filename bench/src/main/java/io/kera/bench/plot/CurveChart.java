package io.kera.bench.plot;

import java.util.List;

/** Curves over two axes, with a legend. Each method makes one drawing; any thread. */
public final class CurveChart {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 420;
    private static final int LEFT = 70;
    private static final int RIGHT = 740;
    private static final int TOP = 50;
    private static final int BOTTOM = 340;
    private static final int LEGEND_LINE = 18;
    private static final double[] PERCENTILES = {0, 90, 99, 99.9, 99.99, 99.999};

    private CurveChart() {}

    /** Points are {percentile, microseconds}; every further nine takes as much room as the one before. */
    public static String percentiles(String title, List<Curve> curves) {
        final double least = edge(curves, false);
        final Axis y = Axis.logarithmic(least, edge(curves, true), BOTTOM, TOP);
        final Axis x = new Axis(1, 1e5, true, LEFT, RIGHT);
        final Svg svg = frame(title, "microseconds", y, curves.size());
        for (final double percentile : PERCENTILES) {
            final double at = x.at(nines(percentile));
            svg.gridLine(at, TOP, at, BOTTOM);
            svg.text(at, BOTTOM + 18.0, "middle", "", percentile + " %");
        }
        draw(svg, curves, x, y, true);
        return svg.end();
    }

    /** Points are {seconds, value}. */
    public static String overTime(String title, String unit, List<Curve> curves) {
        final Axis y = Axis.linear(edge(curves, true), BOTTOM, TOP);
        final Axis x = Axis.linear(
                curves.stream()
                        .flatMap(curve -> curve.points().stream())
                        .mapToDouble(point -> point[0])
                        .max()
                        .orElse(1),
                LEFT,
                RIGHT);
        final Svg svg = frame(title, unit, y, curves.size());
        for (final double tick : x.ticks()) {
            svg.text(x.at(tick), BOTTOM + 18.0, "middle", "", Axis.label(tick) + " s");
        }
        draw(svg, curves, x, y, false);
        return svg.end();
    }

    private static Svg frame(String title, String unit, Axis y, int curves) {
        final Svg svg = new Svg(WIDTH, HEIGHT + LEGEND_LINE * Math.max(0, curves - 2), title);
        svg.text(LEFT, 24, "start", "title", title);
        svg.text(LEFT, TOP - 8.0, "end", "", unit);
        for (final double tick : y.ticks()) {
            svg.gridLine(LEFT, y.at(tick), RIGHT, y.at(tick));
            svg.text(LEFT - 8.0, y.at(tick) + 4, "end", "", Axis.label(tick));
        }
        return svg;
    }

    private static void draw(Svg svg, List<Curve> curves, Axis x, Axis y, boolean percentiles) {
        for (int number = 0; number < curves.size(); number++) {
            final List<double[]> points = curves.get(number).points();
            final double[] places = new double[points.size() * 2];
            for (int at = 0; at < points.size(); at++) {
                final double[] point = points.get(at);
                places[2 * at] = Math.min(RIGHT, x.at(percentiles ? nines(point[0]) : point[0]));
                places[2 * at + 1] = y.at(point[1]);
            }
            svg.line(places, Svg.colour(number));
            final double legend = BOTTOM + 44.0 + number * LEGEND_LINE;
            svg.bar(LEFT, legend - 9, 14, 9, Svg.colour(number));
            svg.text(LEFT + 20.0, legend, "start", "", curves.get(number).name());
        }
    }

    private static double nines(double percentile) {
        return percentile >= 100 ? 1e5 : Math.min(1e5, 100 / (100 - percentile));
    }

    private static double edge(List<Curve> curves, boolean most) {
        final var values =
                curves.stream().flatMap(curve -> curve.points().stream()).mapToDouble(point -> point[1]);
        return most
                ? values.max().orElse(1)
                : values.filter(value -> value > 0).min().orElse(1);
    }
}
