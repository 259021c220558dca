package io.kera.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Rows in aligned columns, as Markdown, which people can read as it is. One thread. */
final class MarkdownTable {
    private final List<String[]> rows = new ArrayList<>();

    MarkdownTable(String... heads) {
        rows.add(heads);
    }

    void row(String... cells) {
        rows.add(cells);
    }

    @Override
    public String toString() {
        final int columns = rows.get(0).length;
        final int[] widths = new int[columns];
        for (final String[] row : rows) {
            for (int column = 0; column < columns; column++) {
                widths[column] = Math.max(widths[column], row[column].length());
            }
        }
        final StringBuilder text = new StringBuilder();
        for (int number = 0; number < rows.size(); number++) {
            for (int column = 0; column < columns; column++) {
                text.append("| ")
                        .append(pad(rows.get(number)[column], widths[column]))
                        .append(' ');
            }
            text.append("|\n");
            if (number == 0) {
                Arrays.stream(widths).forEach(width -> text.append('|').append("-".repeat(width + 2)));
                text.append("|\n");
            }
        }
        return text.toString();
    }

    /** Four significant digits at most, never an exponent: as {@code native/bench} writes them. */
    static String number(double value) {
        final double size = Math.abs(value);
        final int digits = size >= 1000 || size == 0 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    private static String pad(String cell, int width) {
        return cell + " ".repeat(width - cell.length());
    }
}
