package io.kera.bench.race;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.bench.load.LoadResult;
import io.kera.bench.load.Warmth;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class RowMakerTest {
    private static final List<String> PEERS = List.of("slow", "fast");

    @Test
    void theBetterOfThePeersClientsCounts() {
        final List<Round> rounds = List.of(round(1000, 100, 200, 0), round(900, 400, 300, 0), round(1100, 100, 220, 0));
        final RowMaker maker = new RowMaker(rounds, "ours", PEERS, "conditions");
        final Row more = maker.row("rate", "1/s", LoadResult::sentPerSecond, true, Target.ratioAtLeast(5));
        assertEquals("fast", more.peerName());
        assertEquals(new Spread(5, 3, 5), more.ratio());
        assertEquals(true, more.met());
        assertTrue(more.conditions().contains("slow 100.0 (100.0 to 400.0)"), more.conditions());
        final Row less = maker.row("time", "s", LoadResult::sentPerSecond, false, Target.NONE);
        assertEquals("slow", less.peerName());
    }

    @Test
    void disturbedRoundsAreMarked() {
        final RowMaker maker = new RowMaker(List.of(round(1, 1, 1, 0.2), round(1, 1, 1, 0)), "ours", PEERS, "");
        final Row row = maker.row("rate", "1/s", LoadResult::sentPerSecond, true, Target.NONE);
        assertTrue(Objects.requireNonNull(row.conditions()).contains("DISTURBED in 1 of 2"), row.conditions());
    }

    @Test
    void roundsOfWhoeverWasNotSteadyAreMarked() {
        final Round steady = round(1, 1, 1, 0);
        final Round cold =
                new Round(Map.of("ours", result(1), "slow", result(1, Warmth.End.UNSTEADY), "fast", result(1)), 0);
        final Row row = new RowMaker(List.of(steady, cold), "ours", PEERS, "as ever")
                .row("rate", "1/s", LoadResult::sentPerSecond, true, Target.NONE);
        assertTrue(
                row.conditions().startsWith("as ever; NOT STEADY when it began to count: slow in 1 of 2 rounds"),
                row.conditions());
    }

    private static Round round(long ours, long slow, long fast, double foreign) {
        return new Round(Map.of("ours", result(ours), "slow", result(slow), "fast", result(fast)), foreign);
    }

    private static LoadResult result(long sent) {
        return result(sent, Warmth.End.STEADY);
    }

    private static LoadResult result(long sent, Warmth.End end) {
        final Histogram none = new Histogram(LoadResult.DIGITS);
        return new LoadResult(sent, sent, 0, 0, 0, 1, 0, 0, 0, 0, 0, none, none, none, List.of(), new Warmth(3, end));
    }
}
