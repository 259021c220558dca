package io.kera.cli.record;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.Console;

/** How far reading a file has come, in one line that is written again and again; for people only. One thread. */
final class ProduceProgress {
    private static final long INTERVAL_NS = 250_000_000;
    private static final int STEPS_MASK = 0xFFF;
    private static final String LINE_START = "\r\u001b[K";

    private final Console console;
    private final long totalBytes;
    private long shownNs = System.nanoTime();
    private boolean shown;

    /** {@code totalBytes}: 0 where it is not known; then nothing is shown. */
    ProduceProgress(Console console, long totalBytes) {
        this.console = console;
        this.totalBytes = console.isTerminal() ? totalBytes : 0;
    }

    void step(long count, long readBytes) {
        if (totalBytes == 0 || (count & STEPS_MASK) != 0) {
            return;
        }
        final long now = System.nanoTime();
        if (now - shownNs >= INTERVAL_NS) {
            shownNs = now;
            shown = true;
            console.err()
                    .print(LINE_START + Amounts.count(count) + " records, " + Amounts.bytes(readBytes) + " of "
                            + Amounts.bytes(totalBytes) + ", " + 100 * readBytes / totalBytes + " %");
        }
    }

    /** Makes place for what is said at the end. */
    void clear() {
        if (shown) {
            shown = false;
            console.err().print(LINE_START);
        }
    }
}
