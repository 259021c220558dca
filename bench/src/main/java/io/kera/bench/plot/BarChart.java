package io.kera.bench.plot;

import java.util.List;

/** Ours and the peer's, pair by pair: each pair has its own scale and unit. Any thread. */
public final class BarChart {
    private static final int WIDTH = 760;
    private static final int LEFT = 230;
    private static final int LENGTH_MAX = 330;
    private static final int PAIR = 50;
    private static final int TOP = 62;
    private static final int THICKNESS = 15;

    private BarChart() {}

    /** One pair; a peer of zero is not drawn. */
    public record Pair(String name, String unit, double ours, double peer, String note) {}

    public static String of(String title, String ourName, String peerName, List<Pair> pairs) {
        final Svg svg = new Svg(WIDTH, TOP + PAIR * pairs.size() + 10, title);
        svg.text(16, 24, "start", "title", title);
        svg.bar(16, 36, 14, 9, Svg.colour(0));
        svg.text(36, 45, "start", "", ourName);
        svg.bar(150, 36, 14, 9, Svg.colour(1));
        svg.text(170, 45, "start", "", peerName);
        for (int number = 0; number < pairs.size(); number++) {
            final Pair pair = pairs.get(number);
            final double y = TOP + (double) PAIR * number;
            final double most = Math.max(pair.ours, pair.peer);
            svg.gridLine(16, y, WIDTH - 16.0, y);
            svg.text(LEFT - 10.0, y + 28, "end", "", pair.name);
            draw(svg, y + 7, pair.ours, most, pair, 0);
            if (pair.peer > 0) {
                draw(svg, y + 7 + THICKNESS + 3, pair.peer, most, pair, 1);
            }
            svg.text(WIDTH - 16.0, y + 28, "end", "", pair.note);
        }
        return svg.end();
    }

    private static void draw(Svg svg, double y, double value, double most, Pair pair, int colour) {
        final double length = most > 0 ? value / most * LENGTH_MAX : 0;
        svg.bar(LEFT, y, length, THICKNESS, Svg.colour(colour));
        svg.text(LEFT + length + 6, y + THICKNESS - 3.0, "start", "", Axis.label(value) + " " + pair.unit);
    }
}
