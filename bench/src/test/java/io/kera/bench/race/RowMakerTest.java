package io.kera.bench.race;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.bench.load.LoadResult;
import io.kera.bench.load.Warmth;
import io.kera.bench.peer.Absent;
import io.kera.bench.peer.Entrant;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowMakerTest {
    private static final Entrant OURS = new Entrant(Outcome.OURS, "ours", "all");
    private static final Entrant SLOW = new Entrant("kafka", "slow", "all");
    private static final Entrant FAST = new Entrant("kafka", "fast", "all");
    private static final Entrant OTHER = new Entrant("nats", "other", "nothing");
    private static final List<Target> FIVE_TIMES = List.of(Target.ratioAtLeast(5, "kafka"));

    @Test
    void theBetterOfThePeersClientsCounts() {
        final List<Round> rounds = List.of(round(1000, 100, 200, 0), round(900, 400, 300, 0), round(1100, 100, 220, 0));
        final RowMaker maker = maker(new Outcome(rounds, List.of(OURS, SLOW, FAST), List.of()));
        final Row more = maker.row("rate", "1/s", LoadResult::sentPerSecond, true, FIVE_TIMES);
        assertEquals(FAST, peer(more).entrant());
        assertEquals(new Spread(5, 3, 5), peer(more).ratio());
        assertEquals(true, more.met());
        assertEquals(List.of(SLOW), more.beside().stream().map(Rival::entrant).toList());
        assertEquals(new Spread(100, 100, 400), more.beside().get(0).figure());
        final Row less = maker.row("time", "s", LoadResult::sentPerSecond, false, List.of());
        assertEquals(SLOW, peer(less).entrant());
    }

    /** Else the slower client would be the one to beat. */
    @ParameterizedTest
    @ValueSource(strings = {"slow", "fast"})
    void noTargetIsMetWithoutWhoWasToRace(String absent) {
        final List<Entrant> came = "slow".equals(absent) ? List.of(OURS, FAST) : List.of(OURS, SLOW);
        final Absent missing = new Absent("kafka", absent, "it is not installed");
        final RowMaker maker = maker(new Outcome(List.of(round(1000, 100, 100, 0)), came, List.of(missing)));
        for (final Target target : List.of(FIVE_TIMES.get(0), Target.atLeast(1))) {
            final Row row = maker.row("rate", "1/s", LoadResult::sentPerSecond, true, List.of(target));
            assertEquals(false, row.met(), target.text());
            assertEquals(
                    "NOT RACED: " + absent + ", it is not installed",
                    row.absent().get(0).text());
        }
        assertNull(maker.row("rate", "1/s", LoadResult::sentPerSecond, true, List.of())
                .met());
    }

    @Test
    void noTargetIsMetWithoutAPeerThatWasAskedFor() {
        final Absent missing = new Absent("kafka", "kafka java", "Maven Central is not reached");
        final Row row = maker(new Outcome(List.of(round(1000, 1, 1, 0)), List.of(OURS), List.of(missing)))
                .row("rate", "1/s", LoadResult::sentPerSecond, true, FIVE_TIMES);
        assertNull(row.peer());
        assertEquals(false, row.met());
    }

    @Test
    void noTargetIsMetWithoutOurs() {
        final Absent missing = new Absent(Outcome.OURS, "ours", "it failed");
        final Row row = maker(new Outcome(List.of(round(1, 1, 1, 0)), List.of(SLOW, FAST), List.of(missing)))
                .row("rate", "1/s", LoadResult::sentPerSecond, true, List.of(Target.atMost(5)));
        assertNull(row.ours());
        assertEquals(false, row.met());
        assertEquals(List.of(missing), row.absent());
    }

    @Test
    void anotherOfOursThatDidNotRaceIsNoMatterOfThisRow() {
        final Absent missing = new Absent(Outcome.OURS, "ours, otherwise", "it failed");
        final Row row = maker(new Outcome(List.of(round(10, 1, 1, 0)), List.of(OURS, SLOW, FAST), List.of(missing)))
                .row("rate", "1/s", LoadResult::sentPerSecond, true, FIVE_TIMES);
        assertEquals(true, row.met());
    }

    @Test
    void eachPeerIsJudgedByItsOwnRatio() {
        final Round round =
                new Round(Map.of("ours", result(10), "slow", result(1), "fast", result(2), "other", result(5)), 0);
        final RowMaker maker = maker(new Outcome(List.of(round), List.of(OURS, SLOW, FAST, OTHER), List.of()));
        assertEquals(true, met(maker, Target.ratioAtLeast(5, "kafka"), Target.ratioAtLeast(2, "nats")));
        assertEquals(false, met(maker, Target.ratioAtLeast(5, "kafka"), Target.ratioAtLeast(3, "nats")));
        assertEquals(false, met(maker, Target.ratioAtLeast(6, "kafka"), Target.ratioAtLeast(2, "nats")));
    }

    @Test
    void aPeerThatNobodyAskedForIsNotJudged() {
        final RowMaker maker = maker(new Outcome(List.of(round(10, 1, 1, 0)), List.of(OURS, SLOW, FAST), List.of()));
        final Target nats = Target.ratioAtLeast(3, "nats");
        final Row both = maker.row("rate", "1/s", LoadResult::sentPerSecond, true, List.of(FIVE_TIMES.get(0), nats));
        assertEquals(FIVE_TIMES, both.targets());
        assertTrue(both.conditions().endsWith("; not judged, not asked for: >= 3 x nats"), both.conditions());
        assertNull(maker.row("rate", "1/s", LoadResult::sentPerSecond, true, List.of(nats))
                .met());
    }

    @Test
    void disturbedRoundsAreMarked() {
        final List<Round> rounds = List.of(round(1, 1, 1, 0.2), round(1, 1, 1, 0));
        final Row row = maker(new Outcome(rounds, List.of(OURS, SLOW, FAST), List.of()))
                .row("rate", "1/s", LoadResult::sentPerSecond, true, List.of());
        assertTrue(row.conditions().contains("DISTURBED in 1 of 2"), row.conditions());
    }

    @Test
    void roundsOfWhoeverWasNotSteadyAreMarked() {
        final Round steady = round(1, 1, 1, 0);
        final Round cold =
                new Round(Map.of("ours", result(1), "slow", result(1, Warmth.End.UNSTEADY), "fast", result(1)), 0);
        final Row row = maker(new Outcome(List.of(steady, cold), List.of(OURS, SLOW, FAST), List.of()))
                .row("rate", "1/s", LoadResult::sentPerSecond, true, List.of());
        assertTrue(
                row.conditions().startsWith("as ever; NOT STEADY when it began to count: slow in 1 of 2 rounds"),
                row.conditions());
    }

    private static Boolean met(RowMaker maker, Target... targets) {
        return Boolean.TRUE.equals(maker.row("rate", "1/s", LoadResult::sentPerSecond, true, List.of(targets))
                .met());
    }

    private static Rival peer(Row row) {
        final Rival peer = row.peer();
        assertTrue(peer != null, "there is no peer");
        return peer == null ? new Rival(OURS, new Spread(0, 0, 0), null, false) : peer;
    }

    private static RowMaker maker(Outcome outcome) {
        return new RowMaker(outcome, "ours", "as ever");
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
