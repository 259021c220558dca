package io.kera.node.service;

import java.time.Duration;
import java.util.Arrays;
import org.agrona.concurrent.status.CountersReader;

/**
 * Whether every reactor still turns: its counter of duty cycles grows. A reactor without work sleeps, but for no longer
 * than the interval of retention. One thread, while the core is open; allocates nothing after it was made.
 */
public final class ReactorTurns {
    private static final String DUTY_CYCLES = "kera.reactor.duty_cycles ";
    private static final long SLACK_NS = Duration.ofSeconds(1).toNanos();

    private final CountersReader counters;
    private final long sleepLimitNs;
    private final int[] ids;
    private final long[] turns;
    private final long[] turnedNs;

    /**
     * Of all reactors that have a counter now.
     *
     * @param sleepLimit how long a reactor may sleep
     */
    public ReactorTurns(CountersReader counters, Duration sleepLimit, long nowNs) {
        this.counters = counters;
        sleepLimitNs = sleepLimit.toNanos() + SLACK_NS;
        ids = find(counters);
        turns = new long[ids.length];
        turnedNs = new long[ids.length];
        for (int at = 0; at < ids.length; at++) {
            turns[at] = counters.getCounterValue(ids[at]);
            turnedNs[at] = nowNs;
        }
    }

    public int count() {
        return ids.length;
    }

    /** How long the reactor that turned least lately has not turned, when that is longer than it may sleep; else 0. */
    public long stuckNs(long nowNs) {
        long most = 0;
        for (int at = 0; at < ids.length; at++) {
            final long now = counters.getCounterValue(ids[at]);
            if (now != turns[at]) {
                turns[at] = now;
                turnedNs[at] = nowNs;
            }
            most = Math.max(most, nowNs - turnedNs[at]);
        }
        return most > sleepLimitNs ? most : 0;
    }

    private static int[] find(CountersReader counters) {
        final int[] found = new int[counters.maxCounterId() + 1];
        int count = 0;
        for (int id = 0; id < found.length; id++) {
            if (counters.getCounterState(id) == CountersReader.RECORD_ALLOCATED
                    && counters.getCounterLabel(id).startsWith(DUTY_CYCLES)) {
                found[count++] = id;
            }
        }
        return Arrays.copyOf(found, count);
    }
}
