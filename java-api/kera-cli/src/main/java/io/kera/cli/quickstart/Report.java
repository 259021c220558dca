package io.kera.cli.quickstart;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.TextTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * All that was measured, as a table of at most 80 columns with its footnotes, or as JSON. Immutable.
 *
 * @param disk null: there was no disk to measure
 */
record Report(
        Extent extent, List<Outcome> outcomes, @Nullable DiskSpeed disk, Duration took) {
    boolean isVerified() {
        return outcomes.stream().allMatch(Outcome::isVerified);
    }

    TextTable table() {
        final TextTable table = new TextTable(
                "OVER", "KEPT IN", ">BYTES", ">WRITTEN", ">RECORDS/S", ">READ BACK", ">ONE ALONE", "VERIFIED");
        for (final Outcome outcome : outcomes) {
            table.row(
                    outcome.plan().transport(),
                    outcome.plan().keptIn(),
                    Amounts.bytes(outcome.bytes()),
                    rate(outcome.recordsPerSecondWritten() * RecordPattern.BYTES),
                    Amounts.count((long) outcome.recordsPerSecondWritten()),
                    rate(outcome.recordsPerSecondRead() * RecordPattern.BYTES),
                    micros(outcome.aloneAcks(), 50),
                    outcome.isVerified() ? "every byte" : "NO");
        }
        return table;
    }

    /** What the table's words mean, and what belongs beside its figures. */
    List<String> notes() {
        final List<String> notes = new ArrayList<>(diskNotes());
        notes.add("ONE ALONE: the time (p50) from sending a record to its acknowledgement, with no");
        notes.add("  other record under way. At full speed, records wait in queues:");
        for (final Outcome outcome : outcomes) {
            notes.add("  " + outcome.plan().title() + ": p50 " + micros(outcome.acks(), 50) + ", p99 "
                    + micros(outcome.acks(), 99));
        }
        notes.add("Rates are without the first half second of each row, which warms up.");
        return notes;
    }

    private List<String> diskNotes() {
        final NodeFolder folder = extent.folder();
        if (disk != null) {
            return List.of(
                    "DISK ALONE: " + rate(disk.bytesPerSecond()) + "; one record with its sync "
                            + micros(disk.syncs(), 50) + " (p50).",
                    "  Plain writes to a file in " + folder.path() + ": " + Amounts.bytes(disk.bytes())
                            + " with a sync",
                    "  every " + Amounts.bytes(DiskSpeed.SYNCED_BYTES) + ", then single records.",
                    "  KerA writes records there once, in its journal.",
                    "  In the row \"disk\", acknowledged means: synced to disk.");
        }
        if (extent.diskBytes() > 0) {
            return List.of(
                    "NO DISK WAS MEASURED: " + folder.path() + " is memory (tmpfs).", "  Give --folder of a disk.");
        }
        return List.of(
                "NOTHING WAS KEPT ON DISK: " + folder.path() + " has only " + Amounts.bytes(folder.freeBytes())
                        + " free.",
                "  Give --folder with " + Amounts.bytes(Extent.diskFreeLeast()) + " or more.");
    }

    JsonObject json() {
        final JsonObject json = new JsonObject()
                .put("verified", isVerified())
                .put("seconds", took.toNanos() / 1e9)
                .put("folder", extent.folder().path().toString())
                .put("folder_free_bytes", extent.folder().freeBytes())
                .put("folder_is_tmpfs", extent.isTmpfs())
                .put("passages", outcomes.stream().map(Outcome::json).toList());
        return disk == null ? json.putNull("disk_alone") : json.put("disk_alone", disk.json());
    }

    private static String rate(double bytesPerSecond) {
        return String.format(Locale.ROOT, "%.2f GB/s", bytesPerSecond / 1e9);
    }

    static String micros(Histogram times, double percentile) {
        if (times.getTotalCount() == 0) {
            return "-";
        }
        final double micros = times.getValueAtPercentile(percentile) / 1e3;
        return micros < 1000
                ? String.format(Locale.ROOT, "%.0f us", micros)
                : String.format(Locale.ROOT, "%.1f ms", micros / 1000);
    }
}
