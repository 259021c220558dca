package io.kera.bench.race;

import io.kera.bench.load.ProcessFigures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A fresh server that nobody asks for anything: its processor time and its memory. */
record IdleCase() implements RaceCase {
    private static final double CORE_PERCENT_MAX = 1;
    private static final double RESIDENT_MIB_MAX = 250;

    /** One look. */
    private record Look(double corePercent, double residentMib) {}

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public List<Row> run(Field field, RaceOptions options) throws IOException, InterruptedException {
        final List<Look> ours = new ArrayList<>();
        final List<Look> theirs = new ArrayList<>();
        for (int round = 0; round < options.rounds(); round++) {
            try (KeraServer server = KeraServer.start(field.nodeSettings())) {
                ours.add(look(server, options.seconds()));
            }
            try (KafkaServer server = KafkaServer.start(field.peer())) {
                theirs.add(look(server, options.seconds()));
            }
            options.progress()
                    .printf(
                            Locale.ROOT,
                            "idle round %d: kera %.2f %% of a core, %.0f MiB; kafka %.2f %%, %.0f MiB%n",
                            round + 1,
                            ours.get(round).corePercent,
                            ours.get(round).residentMib,
                            theirs.get(round).corePercent,
                            theirs.get(round).residentMib);
        }
        final String conditions = "a fresh server with its defaults, KerA's with HTTP and its arena's pages brought in;"
                + " resident memory without KerA's arena, and all of Kafka's (its data is in the page cache)"
                + options.nodeNote();
        return List.of(
                Row.of(
                        "idle_cpu",
                        "% of a core",
                        ours.stream().map(Look::corePercent).toList(),
                        "kafka",
                        theirs.stream().map(Look::corePercent).toList(),
                        Target.atMost(CORE_PERCENT_MAX),
                        conditions),
                Row.of(
                        "idle_memory",
                        "MiB",
                        ours.stream().map(Look::residentMib).toList(),
                        "kafka",
                        theirs.stream().map(Look::residentMib).toList(),
                        Target.atMost(RESIDENT_MIB_MAX),
                        conditions));
    }

    private static Look look(Server server, double seconds) throws InterruptedException {
        server.settle();
        final double before = ProcessFigures.cpuSeconds(server.pid());
        final long beganNs = System.nanoTime();
        Thread.sleep((long) (seconds * 1000));
        final double used = ProcessFigures.cpuSeconds(server.pid()) - before;
        return new Look(
                used / ((System.nanoTime() - beganNs) / 1e9) * 100, server.residentBytesBeyondData() / 1048576.0);
    }
}
