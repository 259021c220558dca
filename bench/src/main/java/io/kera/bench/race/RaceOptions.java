package io.kera.bench.race;

import java.io.PrintStream;

/**
 * How a race is run.
 *
 * @param nodeNote how the node differs from its defaults, for the rows' conditions; begins with its separator
 * @param progress a line for each run
 */
public record RaceOptions(int rounds, double warmup, double seconds, String nodeNote, PrintStream progress) {
    private static final int ROUNDS_MAX = 100;

    public RaceOptions {
        if (rounds < 1 || rounds > ROUNDS_MAX) {
            throw new IllegalArgumentException("rounds=" + rounds + " limit=1.." + ROUNDS_MAX);
        }
    }
}
