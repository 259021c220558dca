package io.kera.bench.race;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.bench.peer.Absent;
import io.kera.bench.peer.Entrant;
import io.kera.cli.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RowTest {
    private static final String CONDITIONS = "quoted \"so\"";
    private static final Entrant KAFKA = new Entrant("kafka", "librdkafka", "all is kept");
    private static final Entrant NATS = new Entrant("nats", "nats, file", "all is kept");

    @Test
    void jsonHasTheFormOfTheNativeBenchmarks() {
        final Row row = row(
                List.of(30.0, 10.0, 20.0),
                List.of(3.0, 2.0, 1.0),
                List.of(Target.ratioAtLeast(10, "kafka"), Target.atLeast(1)),
                List.of(new Absent("nats", "nats, memory", "no compiler")));
        final List<?> read = (List<?>) Json.parse(Row.jsonText(List.of(row, row), "the run"));
        assertTrue(read != null && read.size() == 2);
        final Map<?, ?> one = (Map<?, ?>) read.get(0);
        assertEquals(
                Set.of(
                        "name",
                        "unit",
                        "ours",
                        "limit",
                        "peer",
                        "ratio",
                        "target",
                        "met",
                        "conditions",
                        "beside",
                        "not_raced",
                        "run"),
                one.keySet());
        assertEquals(Map.of("median", 20.0, "min", 10.0, "max", 30.0), one.get("ours"));
        assertEquals(">= 10 x kafka and >= 1", one.get("target"));
        assertEquals(false, one.get("met"));
        assertEquals(10.0, one.get("ratio"));
        assertEquals(CONDITIONS, one.get("conditions"));
        assertNull(one.get("limit"));
        assertEquals("the run", one.get("run"));
        assertEquals(List.of("NOT RACED: nats, memory, no compiler"), one.get("not_raced"));
        final String beside = String.valueOf(one.get("beside"));
        assertTrue(beside.contains("nats, file") && beside.contains("all is kept"), beside);
    }

    @Test
    void ratiosAreTakenRoundByRound() {
        final Row row = row(List.of(1.0, 4.0), List.of(2.0, 4.0), List.of(), List.of());
        assertEquals(new Spread(0.75, 0.5, 1.0), row.rivals().get(0).ratio());
        assertNull(row.met());
    }

    @Test
    void aTargetIsMissedOnItsWrongSide() {
        assertEquals(false, figure(Target.atLeast(21)).met());
        assertEquals(true, figure(Target.atLeast(20)).met());
        assertEquals(true, figure(Target.atMost(20)).met());
        assertNull(figure(Target.ratioAtMost(1.0 / 6, "kafka")).met(), "nobody asked for a peer");
    }

    @Test
    void everyTargetIsToBeMet() {
        assertEquals(true, figure(Target.atLeast(20), Target.atMost(20)).met());
        assertEquals(false, figure(Target.atLeast(20), Target.atMost(19)).met());
    }

    @Test
    void targetsAreSaidWithoutNeedlessDigits() {
        assertEquals("<= 0.1667 x kafka", Target.ratioAtMost(1.0 / 6, "kafka").text());
        assertEquals("<= 8000", Target.atMost(8000).text());
        assertEquals("<= 0.05", Target.atMost(0.05).text());
    }

    @Test
    void anEvenNumberOfRoundsHasTheMeanOfTheMiddleOnes() {
        assertEquals(new Spread(2.5, 1, 9), Spread.of(List.of(9.0, 2.0, 1.0, 3.0)));
        assertNull(Spread.of(List.of(Double.NaN)));
    }

    private static Row figure(Target... targets) {
        final Figures figures = new Figures(List.of());
        figures.addOurs(20);
        return figures.row("x", "s", false, List.of(targets), List.of(), "");
    }

    private static Row row(List<Double> ours, List<Double> theirs, List<Target> targets, List<Absent> absent) {
        final Figures figures = new Figures(List.of(KAFKA, NATS));
        ours.forEach(figures::addOurs);
        theirs.forEach(figure -> {
            figures.add(KAFKA, figure);
            figures.add(NATS, figure);
        });
        return figures.row("produce", "MB/s", true, targets, absent, CONDITIONS);
    }
}
