package io.kera.cli.quickstart;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.Console;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * How far one passage is: a line that is written over ten times a second before a person, a line a second elsewhere.
 * One thread.
 */
final class Progress {
    private static final int WIDTH = 24;
    private static final long PERSON_NS = 100_000_000;
    private static final long OTHERS_NS = 1_000_000_000;
    private static final String CLEAR = "\r\033[K";
    /** Without wrapping, a line that is too long for the window is cut, and can still be written over. */
    private static final String WRAP_OFF = "\033[?7l";

    private static final String WRAP_ON = "\033[?7h";

    private final Console console;
    private final BooleanSupplier quiet;
    private final String what;
    private final long total;
    private final long before;
    private long shownNs = System.nanoTime();
    private long shownRecords;

    /** Of so many records, of which some were done before. */
    Progress(Console console, BooleanSupplier quiet, String what, long total, long before) {
        this.console = console;
        this.quiet = quiet;
        this.what = what;
        this.total = total;
        this.before = before;
    }

    /** Shows it when it is time to. */
    void at(long records) {
        final long now = System.nanoTime();
        final long passed = now - shownNs;
        if (passed < (console.isTerminal() ? PERSON_NS : OTHERS_NS)) {
            return;
        }
        if (!quiet.getAsBoolean()) {
            show(line(what, (double) (before + records) / total, (records - shownRecords) * 1e9 / passed));
        }
        shownNs = now;
        shownRecords = records;
    }

    /** Takes the line away. */
    void end() {
        if (console.isTerminal() && !quiet.getAsBoolean()) {
            console.err().print(CLEAR);
            console.err().flush();
        }
    }

    /** In 79 columns at most. */
    static String line(String what, double share, double recordsPerSecond) {
        final double shown = Math.min(1, share);
        final int filled = (int) (shown * WIDTH);
        return String.format(
                Locale.ROOT,
                "%-17s [%s%s] %3.0f %%  %5.2f GB/s  %s records/s",
                what,
                "#".repeat(filled),
                ".".repeat(WIDTH - filled),
                shown * 100,
                recordsPerSecond * RecordPattern.BYTES / 1e9,
                Amounts.count((long) recordsPerSecond));
    }

    private void show(String line) {
        if (console.isTerminal()) {
            console.err().print(CLEAR + WRAP_OFF + line + WRAP_ON);
            console.err().flush();
        } else {
            console.err().println(line);
        }
    }
}
