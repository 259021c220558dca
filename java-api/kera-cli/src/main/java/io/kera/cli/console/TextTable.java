package io.kera.cli.console;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Rows in aligned columns; numbers stand to the right. One thread. */
public final class TextTable {
    private final List<String[]> rows = new ArrayList<>();
    private final boolean[] right;
    private final String[] titles;

    /** A title that begins with {@code >} has its column to the right. */
    public TextTable(String... columns) {
        right = new boolean[columns.length];
        titles = new String[columns.length];
        for (int at = 0; at < columns.length; at++) {
            right[at] = columns[at].startsWith(">");
            titles[at] = right[at] ? columns[at].substring(1) : columns[at];
        }
    }

    public TextTable row(Object... cells) {
        final String[] row = new String[titles.length];
        for (int at = 0; at < row.length; at++) {
            row[at] = String.valueOf(cells[at]);
        }
        rows.add(row);
        return this;
    }

    public void print(Console console) {
        final int[] widths = new int[titles.length];
        measure(widths, titles);
        rows.forEach(row -> measure(widths, row));
        console.out().println(console.styled("@|bold " + line(widths, titles) + "|@"));
        print(console.out(), widths);
    }

    private void print(PrintStream out, int[] widths) {
        rows.forEach(row -> out.println(line(widths, row)));
    }

    private static void measure(int[] widths, String[] row) {
        for (int at = 0; at < row.length; at++) {
            widths[at] = Math.max(widths[at], row[at].length());
        }
    }

    private String line(int[] widths, String[] row) {
        final StringBuilder line = new StringBuilder();
        for (int at = 0; at < row.length; at++) {
            final String padding = " ".repeat(widths[at] - row[at].length());
            line.append(at == 0 ? "" : "  ").append(right[at] ? padding + row[at] : row[at] + padding);
        }
        return line.toString().stripTrailing();
    }
}
