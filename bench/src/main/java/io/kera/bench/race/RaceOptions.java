package io.kera.bench.race;

import io.kera.bench.load.Workload;
import java.io.PrintStream;

/**
 * How a race is run.
 *
 * @param warmup seconds before a run counts, at least
 * @param warmupMax seconds that it may take to become steady
 * @param seconds that count
 * @param nodeNote how the node differs from its defaults, for the rows' conditions; begins with its separator
 * @param progress a line for each run
 */
public record RaceOptions(
        int rounds, double warmup, double warmupMax, double seconds, String nodeNote, PrintStream progress) {
    private static final int ROUNDS_MAX = 100;

    public RaceOptions {
        if (rounds < 1 || rounds > ROUNDS_MAX) {
            throw new IllegalArgumentException("rounds=" + rounds + " limit=1.." + ROUNDS_MAX);
        }
    }

    /** A workload that takes as long as that. */
    public Workload timed(Workload workload) {
        return workload.with("warmup", warmup).with("warmup_max", warmupMax).with("seconds", seconds);
    }
}
