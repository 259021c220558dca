package io.kera.cli.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ReportTest {
    private static final int WIDTH = 80;
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final long SECOND_NS = 1_000_000_000;

    @Test
    void ratesAreOfTheRecordsThatWereTimed() {
        final Outcome outcome =
                outcome(Plan.inMemory("shm", extent(GIB, false), Duration.ofSeconds(1)), 2_500_000, null);
        assertEquals(1_000_000, outcome.recordsPerSecondWritten());
        assertEquals(2_000_000, outcome.recordsPerSecondRead());
        assertTrue(outcome.isVerified());
    }

    @Test
    void fitsANarrowTerminal() {
        final String table = print(report(extent(100 * GIB, false), speed()));
        assertTrue(table.contains("1.02 GB/s"), table);
        table.lines().forEach(line -> assertTrue(line.length() <= WIDTH, line));
        report(extent(100 * GIB, false), speed()).notes().forEach(line -> assertTrue(line.length() <= WIDTH, line));
        assertTrue(Progress.line("tcp memory verify", 1, 2_345_678).length() < WIDTH);
    }

    @Test
    void showsTheDiskBesideIt() {
        final Report report = report(extent(100 * GIB, false), speed());
        assertTrue(report.notes().get(0).startsWith("DISK ALONE: 0.50 GB/s; "), report.notes()::toString);
        assertTrue(report.json().toString().contains("\"disk_alone\":{\"bytes\":500000000,"), report.json()::toString);
    }

    @Test
    void saysWhyThereIsNoDisk() {
        assertTrue(report(extent(100 * GIB, true), null).notes().get(0).contains("/data is memory (tmpfs)"));
        final Report full = report(extent(10 * MIB, false), null);
        assertTrue(full.notes().get(0).contains("/data has only 10.0 MiB free"), full.notes()::toString);
        assertTrue(full.json().toString().contains("\"disk_alone\":null"), full.json()::toString);
    }

    @Test
    void oneDifferenceIsEnough() {
        final Extent extent = extent(100 * GIB, false);
        final Plan plan = Plan.inMemory("tcp", extent, Duration.ofSeconds(1));
        final Outcome damaged = outcome(plan, 7, "offset=3");
        final Report report = new Report(extent, List.of(damaged), null, Duration.ofSeconds(1));
        assertFalse(report.isVerified());
        assertTrue(print(report).contains("NO"));
    }

    private static Report report(Extent extent, @Nullable DiskSpeed disk) {
        final Plan shm = Plan.inMemory("shm", extent, Duration.ofSeconds(1));
        final Plan tcp = Plan.inFiles("tcp", extent, Duration.ofSeconds(1));
        return new Report(
                extent,
                List.of(outcome(shm, 2_500_000, null), outcome(tcp, 2_500_000, null)),
                disk,
                Duration.ofSeconds(12));
    }

    private static Outcome outcome(Plan plan, long records, @Nullable String difference) {
        final Histogram times = new Histogram(3);
        times.recordValue(123_456_789);
        return new Outcome(plan, records, 2_000_000, 2 * SECOND_NS, SECOND_NS, times, times, records, difference);
    }

    private static DiskSpeed speed() {
        final Histogram syncs = new Histogram(3);
        syncs.recordValue(150_000);
        return new DiskSpeed(500_000_000, SECOND_NS, syncs);
    }

    private static Extent extent(long free, boolean isTmpfs) {
        return Extent.of(0, 0, 4 * GIB, new NodeFolder(Path.of("/data"), free, isTmpfs));
    }

    private static String print(Report report) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final Console console = new Console(new ByteArrayInputStream(new byte[0]), out, out, Map.of(), false);
        report.table().print(console);
        console.out().flush();
        return out.toString(StandardCharsets.UTF_8);
    }
}
