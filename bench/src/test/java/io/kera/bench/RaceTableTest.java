package io.kera.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.bench.peer.Absent;
import io.kera.bench.peer.Entrant;
import io.kera.bench.race.RaceOptions;
import io.kera.bench.race.Races;
import io.kera.bench.race.Rival;
import io.kera.bench.race.Row;
import io.kera.bench.race.Spread;
import io.kera.bench.race.Target;
import java.util.List;
import org.junit.jupiter.api.Test;

class RaceTableTest {
    private static final RaceOptions OPTIONS = new RaceOptions(3, 2, 20, 5, "", System.err);
    private static final Spread ONE = new Spread(1, 1, 1);
    private static final Rival LIBRDKAFKA =
            new Rival(new Entrant("kafka", "librdkafka", "the page cache has it"), ONE, ONE, true);
    private static final Rival NATS = new Rival(new Entrant("nats", "nats, file", "all is kept"), ONE, ONE, true);
    private static final List<Target> ANY = List.of(new Target(Target.Bound.AT_LEAST, 1, ""));

    @Test
    void saysThatOnlySomeCasesRan() {
        assertTrue(RaceTable.heading(List.of(), List.of("kafka"), OPTIONS, 60)
                .startsWith("All cases, one run of 1 min: 3 rounds"));
        assertTrue(
                RaceTable.heading(Races.names(), List.of("kafka"), OPTIONS, 60).startsWith("All cases"));
        final String part = RaceTable.heading(List.of("idle"), List.of("kafka", "nats"), OPTIONS, 60);
        assertTrue(part.startsWith("PART of the cases (idle), one run"), part);
        assertTrue(part.endsWith("peers: kafka, nats"), part);
    }

    @Test
    void namesWhoDidNotRaceInTheRowAndWhyBelowIt() {
        final Row row = new Row(
                "produce",
                "MB/s",
                ONE,
                List.of(),
                List.of(new Absent("kafka", "librdkafka", "its headers are not installed")),
                ANY,
                "somehow");
        final String text = RaceTable.of("", List.of(row));
        assertTrue(text.contains(">= 1: MISSED, NOT RACED: librdkafka |"), text);
        assertTrue(text.contains("somehow; NOT RACED: librdkafka, its headers are not installed\n"), text);
    }

    @Test
    void showsWhatOthersPromiseBesideTheirFigures() {
        final Row row = new Row("produce", "MB/s", ONE, List.of(LIBRDKAFKA, NATS), List.of(), ANY, "somehow");
        final String text = RaceTable.of("", List.of(row));
        assertTrue(text.contains(">= 1: met |"), text);
        assertTrue(text.lines().anyMatch(line -> line.contains("nats, file") && line.contains("all is kept")), text);
    }
}
