package io.kera.bench.race;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.bench.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RowTest {
    private static final String CONDITIONS = "quoted \"so\"";

    @Test
    void jsonHasTheFormOfTheNativeBenchmarks() {
        final Row row = Row.of(
                "produce",
                "MB/s",
                List.of(30.0, 10.0, 20.0),
                "librdkafka",
                List.of(3.0, 2.0, 1.0),
                Target.ratioAtLeast(10),
                CONDITIONS);
        final List<?> read = (List<?>) Json.parse(Row.jsonText(List.of(row, row)));
        assertTrue(read != null && read.size() == 2);
        final Map<?, ?> one = (Map<?, ?>) read.get(0);
        assertEquals(
                Set.of("name", "unit", "ours", "limit", "peer", "ratio", "target", "met", "conditions"), one.keySet());
        assertEquals(Map.of("median", 20.0, "min", 10.0, "max", 30.0), one.get("ours"));
        assertEquals(">= 10 x peer", one.get("target"));
        assertEquals(true, one.get("met"));
        assertEquals(10.0, one.get("ratio"));
        assertEquals(CONDITIONS, one.get("conditions"));
        assertNull(one.get("limit"));
    }

    @Test
    void ratiosAreTakenRoundByRound() {
        final Row row = Row.of("x", "s", List.of(1.0, 4.0), "kafka", List.of(2.0, 4.0), Target.NONE, "");
        assertEquals(new Spread(0.75, 0.5, 1.0), row.ratio());
        assertNull(row.met());
    }

    @Test
    void aTargetIsMissedOnItsWrongSide() {
        assertEquals(false, figure(Target.atLeast(21)).met());
        assertEquals(true, figure(Target.atLeast(20)).met());
        assertEquals(true, figure(Target.atMost(20)).met());
        assertEquals(false, figure(Target.ratioAtMost(1.0 / 6)).met(), "there is no ratio");
    }

    @Test
    void anEvenNumberOfRoundsHasTheMeanOfTheMiddleOnes() {
        assertEquals(new Spread(2.5, 1, 9), Spread.of(List.of(9.0, 2.0, 1.0, 3.0)));
        assertNull(Spread.of(List.of(Double.NaN)));
    }

    private static Row figure(Target target) {
        return Row.of("x", "s", List.of(20.0), "", List.of(), target, "");
    }
}
