package io.kera.bench.race;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The table of races, in its order. */
public final class Races {
    private static final double SIXTH = 1.0 / 6;

    private static final List<RaceCase> ALL = List.of(
            new RaceCase.Produce(
                    "produce_tcp_100b",
                    100,
                    RaceCase.Produce.Way.TCP,
                    Target.ratioAtLeast(10),
                    Target.ratioAtMost(SIXTH)),
            new RaceCase.Produce(
                    "produce_tcp_1k",
                    1024,
                    RaceCase.Produce.Way.TCP,
                    Target.ratioAtLeast(5),
                    Target.ratioAtMost(SIXTH)),
            new RaceCase.Produce(
                    "produce_tcp_10k",
                    10240,
                    RaceCase.Produce.Way.TCP,
                    Target.ratioAtLeast(4),
                    Target.ratioAtMost(SIXTH)),
            new RaceCase.Produce(
                    "produce_shm_100b", 100, RaceCase.Produce.Way.SHM, Target.atLeast(10), Target.ratioAtMost(SIXTH)),
            new RaceCase.Produce("produce_tcp_100b_send", 100, RaceCase.Produce.Way.SEND, Target.NONE, Target.NONE),
            new RaceCase.Consume("consume_tcp_100b", 100),
            new RaceCase.Consume("consume_tcp_1k", 1024),
            new RaceCase.Latency("latency_tcp", false, Target.ratioAtMost(0.125), Target.ratioAtMost(0.05)),
            new RaceCase.Latency("latency_shm", true, Target.atMost(15), Target.NONE),
            new StartCase(),
            new IdleCase());

    private Races() {}

    public static List<String> names() {
        return ALL.stream().map(RaceCase::name).toList();
    }

    /** Those whose names are given; all when none is. */
    public static List<Row> run(List<String> only, KafkaPeer peer, List<String> nodeSettings, RaceOptions options)
            throws IOException, InterruptedException {
        for (final String name : only) {
            if (!names().contains(name)) {
                throw new IllegalArgumentException("only=" + name + "; there are " + String.join(", ", names()));
            }
        }
        final List<Row> rows = new ArrayList<>();
        try (Field field = Field.open(peer, nodeSettings)) {
            for (final RaceCase one : ALL) {
                if (only.isEmpty() || only.contains(one.name())) {
                    rows.addAll(one.run(field, options));
                }
            }
        }
        return rows;
    }
}
