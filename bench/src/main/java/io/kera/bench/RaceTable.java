package io.kera.bench;

import io.kera.bench.race.RaceOptions;
import io.kera.bench.race.Races;
import io.kera.bench.race.Rival;
import io.kera.bench.race.Row;
import io.kera.bench.race.Spread;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The rows of one run for people, as Markdown: ours and the first peer, then everybody else, then how. Any thread. */
final class RaceTable {
    private RaceTable() {}

    /** Of which run all rows are, and what that run leaves out. */
    static String heading(List<String> only, List<String> peers, RaceOptions options, long tookSeconds) {
        return String.format(
                Locale.ROOT,
                "%s, one run of %d min: %d rounds, each run %.4g s after a warm-up of %.4g to %.4g s; peers: %s",
                only.isEmpty() || only.containsAll(Races.names())
                        ? "All cases"
                        : "PART of the cases (" + String.join(", ", only) + ")",
                Math.round(tookSeconds / 60.0),
                options.rounds(),
                options.seconds(),
                options.warmup(),
                Math.max(options.warmup(), options.warmupMax()),
                String.join(", ", peers));
    }

    static String of(String heading, List<Row> rows) {
        final StringBuilder text = new StringBuilder(heading).append("\n\n").append(ours(rows));
        final MarkdownTable beside = new MarkdownTable("name", "unit", "contestant", "figure", "KerA / it", "promise");
        boolean isAnyBeside = false;
        for (final Row row : rows) {
            for (final Rival rival : row.beside()) {
                isAnyBeside = true;
                beside.row(
                        row.name(),
                        row.unit(),
                        rival.entrant().name(),
                        text(rival.figure()),
                        text(rival.ratio()),
                        rival.entrant().promise());
            }
        }
        if (isAnyBeside) {
            text.append("\nThe other contestants of the same rounds:\n\n").append(beside);
        }
        return text.append('\n').append(conditions(rows)).toString();
    }

    private static MarkdownTable ours(List<Row> rows) {
        final MarkdownTable table = new MarkdownTable(
                "name", "unit", "KerA (min to max)", "peer (min to max)", "its client", "ratio (min to max)", "target");
        for (final Row row : rows) {
            final Rival peer = row.peer();
            table.row(
                    row.name(),
                    row.unit(),
                    text(row.ours()),
                    peer == null ? "" : text(peer.figure()),
                    peer == null ? "" : peer.entrant().name(),
                    peer == null ? "" : text(peer.ratio()),
                    target(row));
        }
        return table;
    }

    /** Who did not race is part of what became of a target. */
    private static String target(Row row) {
        final Boolean met = row.met();
        final String judged = met == null ? "" : row.targetText() + (met ? ": met" : ": MISSED");
        if (row.absent().isEmpty()) {
            return judged;
        }
        final String absent = "NOT RACED: "
                + String.join(", ", row.absent().stream().map(one -> one.name()).toList());
        return judged.isEmpty() ? absent : judged + ", " + absent;
    }

    private static String conditions(List<Row> rows) {
        final StringBuilder text = new StringBuilder();
        String said = "";
        for (final Row row : rows) {
            final StringBuilder all = new StringBuilder(row.conditions());
            row.absent().forEach(one -> all.append("; ").append(one.text()));
            if (!said.contentEquals(all)) {
                said = all.toString();
                text.append("- `").append(row.name()).append("`: ").append(said).append('\n');
            }
        }
        return text.toString();
    }

    private static String text(@Nullable Spread spread) {
        return spread == null
                ? ""
                : MarkdownTable.number(spread.median()) + " (" + MarkdownTable.number(spread.min()) + " to "
                        + MarkdownTable.number(spread.max()) + ")";
    }
}
