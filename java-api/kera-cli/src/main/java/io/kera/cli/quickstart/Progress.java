package io.kera.cli.quickstart;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.Console;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * How far one pass is: a line that is written over ten times a second before a person, a line a second elsewhere. One
 * thread, but for the recorder.
 */
final class Progress {
    private static final int WIDTH = 24;
    private static final long PERSON_NS = 100_000_000;
    private static final long OTHERS_NS = 1_000_000_000;
    private static final String CLEAR = "\r\033[K";

    private final Console console;
    private final BooleanSupplier quiet;
    private final String what;
    private final long total;
    private final @Nullable Recorder acks;
    private final @Nullable Histogram all;
    private final long beganNs = System.nanoTime();
    private long shownNs = beganNs;
    private long shownRecords;

    /**
     * Of so many records.
     *
     * @param acks times from record to acknowledgement; null: there are none
     */
    Progress(Console console, BooleanSupplier quiet, String what, long total, @Nullable Recorder acks) {
        this.console = console;
        this.quiet = quiet;
        this.what = what;
        this.total = total;
        this.acks = acks;
        all = acks == null ? null : new Histogram(3);
    }

    long elapsedNs() {
        return System.nanoTime() - beganNs;
    }

    /** Shows it when it is time to. */
    void at(long records) {
        final long now = System.nanoTime();
        final long passed = now - shownNs;
        if (passed < (console.isTerminal() ? PERSON_NS : OTHERS_NS)) {
            return;
        }
        show(records, (records - shownRecords) * 1e9 / passed);
        shownNs = now;
        shownRecords = records;
    }

    /** Takes the line away; the times of the whole pass. */
    Histogram end(long records) {
        if (console.isTerminal() && !quiet.getAsBoolean()) {
            console.err().print(CLEAR);
            console.err().flush();
        }
        gather();
        return all == null ? new Histogram(3) : all;
    }

    private void show(long records, double rate) {
        final Histogram times = gather();
        if (quiet.getAsBoolean()) {
            return;
        }
        final double share = Math.min(1, (double) records / total);
        final StringBuilder line = new StringBuilder(console.isTerminal() ? CLEAR : "");
        line.append(String.format(Locale.ROOT, "%-10s ", what));
        final int filled = (int) (share * WIDTH);
        line.append('[')
                .append("#".repeat(filled))
                .append(".".repeat(WIDTH - filled))
                .append(']');
        line.append(String.format(
                Locale.ROOT,
                " %3.0f %%  %5.2f GB/s  %6s records/s",
                share * 100,
                rate * RecordPattern.BYTES / 1e9,
                Amounts.count((long) rate)));
        if (times != null && times.getTotalCount() > 0) {
            line.append("  ack p50 ").append(micros(times, 50));
            line.append(", p99 ").append(micros(times, 99));
            line.append(", p99.9 ").append(micros(times, 99.9));
        }
        if (console.isTerminal()) {
            console.err().print(line);
            console.err().flush();
        } else {
            console.err().println(line);
        }
    }

    /** What was recorded since the last time; null: nothing is. */
    private @Nullable Histogram gather() {
        if (acks == null || all == null) {
            return null;
        }
        final Histogram interval = acks.getIntervalHistogram();
        all.add(interval);
        return interval;
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
