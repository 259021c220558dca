package io.kera.bench.plot;

import java.util.Locale;

/**
 * A drawing as it grows. Its background is left out and its greys change with the reader's colour scheme, so that it is
 * readable on light and dark pages. One thread.
 */
final class Svg {
    /** Told apart by people with colour-blindness too (Okabe and Ito), dark enough for white and light enough for black. */
    private static final String[] COLOURS = {"#0a85c7", "#e06c00", "#009e73", "#cc79a7", "#b59000", "#8c6bb1"};

    private static final String STYLE = "text{font:12px system-ui,sans-serif;fill:#4b5563}"
            + ".title{font-size:15px;font-weight:600}.grid{stroke:#9ca3af;stroke-opacity:.35;stroke-width:1}"
            + ".line{fill:none;stroke-width:2;stroke-linejoin:round}"
            + "@media (prefers-color-scheme:dark){text{fill:#d1d5db}}";

    private final StringBuilder out = new StringBuilder();

    Svg(int width, int height, String title) {
        out.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " role=\"img\"><title>%s</title><style>%s</style>%n",
                width,
                height,
                width,
                height,
                escaped(title),
                STYLE));
    }

    static String colour(int number) {
        return COLOURS[number % COLOURS.length];
    }

    /** {@code anchor}: start, middle or end. */
    void text(double x, double y, String anchor, String style, String text) {
        out.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>%n",
                x,
                y,
                anchor,
                style.isEmpty() ? "" : " class=\"" + style + "\"",
                escaped(text)));
    }

    void gridLine(double x1, double y1, double x2, double y2) {
        out.append(String.format(
                Locale.ROOT,
                "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n",
                x1,
                y1,
                x2,
                y2));
    }

    void bar(double x, double y, double width, double height, String colour) {
        out.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" fill=\"%s\"/>%n",
                x,
                y,
                Math.max(0, width),
                height,
                colour));
    }

    /** {@code points}: x and y in turn. */
    void line(double[] points, String colour) {
        out.append("<polyline class=\"line\" stroke=\"").append(colour).append("\" points=\"");
        for (int at = 0; at + 1 < points.length; at += 2) {
            out.append(String.format(Locale.ROOT, "%.1f,%.1f ", points[at], points[at + 1]));
        }
        out.append(String.format("\"/>%n"));
    }

    String end() {
        return out + "</svg>\n";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
