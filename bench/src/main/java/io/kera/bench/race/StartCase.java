package io.kera.bench.race;

import io.kera.bench.load.AckTimes;
import io.kera.bench.load.Engine;
import io.kera.bench.load.KeraEngine;
import io.kera.bench.load.ProcessFigures;
import io.kera.bench.load.Sink;
import io.kera.bench.load.Workload;
import io.kera.bench.peer.Absent;
import io.kera.bench.peer.Entrant;
import io.kera.bench.peer.KafkaPeer;
import io.kera.bench.peer.KafkaServer;
import io.kera.bench.peer.KeraServer;
import io.kera.bench.peer.Peer;
import io.kera.bench.peer.Server;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * From launching a server's process, on a fresh folder, until it has acknowledged a record. The client is in this
 * process and warm: both have started and sent once before anything counts.
 */
record StartCase() implements RaceCase {
    private static final double SECONDS_MAX = 1.5;

    /** One start. */
    private record Start(double seconds, double cpuSeconds) {}

    @Override
    public String name() {
        return "start";
    }

    @Override
    public List<Row> run(Field field, RaceOptions options) throws IOException, InterruptedException {
        final Optional<KafkaPeer> peer = field.kafka();
        final List<Entrant> rivals =
                peer.map(kafka -> kafka.javaClient().entrant()).stream().toList();
        final Figures seconds = new Figures(rivals);
        final Figures cpuSeconds = new Figures(rivals);
        for (int round = -1; round < options.rounds(); round++) {
            final Start ours = kera(field.nodeSettings());
            say(options, round, "kera", ours);
            if (round >= 0) {
                seconds.addOurs(ours.seconds);
                cpuSeconds.addOurs(ours.cpuSeconds);
            }
            if (peer.isPresent()) {
                final Start theirs = kafka(peer.get());
                say(options, round, rivals.get(0).name(), theirs);
                if (round >= 0) {
                    seconds.add(rivals.get(0), theirs.seconds);
                    cpuSeconds.add(rivals.get(0), theirs.cpuSeconds);
                }
            }
        }
        final String conditions = "from launching the process on a fresh, for Kafka formatted, folder until the first"
                + " record is acknowledged: connect, make a stream, send; the client is warm" + options.nodeNote();
        final List<Absent> absent = field.absent(Peer.Discipline.IDLE);
        return List.of(
                seconds.row("start", "s", false, List.of(Target.atMost(SECONDS_MAX)), absent, conditions),
                cpuSeconds.row("start.server_cpu", "s", false, List.of(), absent, conditions));
    }

    private static void say(RaceOptions options, int round, String name, Start start) {
        options.progress()
                .printf(
                        Locale.ROOT,
                        "start round %d %s: %.2f s, %.2f CPU s%s%n",
                        round + 1,
                        name,
                        start.seconds,
                        start.cpuSeconds,
                        round < 0 ? " (warm-up)" : "");
    }

    private static Start kera(List<String> settings) throws IOException {
        final long beganNs = System.nanoTime();
        try (KeraServer server = KeraServer.launch(settings);
                Engine engine = new KeraEngine(server.address("tcp"), false)) {
            return firstAppend(engine, server, beganNs);
        }
    }

    private static Start kafka(KafkaPeer peer) throws IOException, InterruptedException {
        final KafkaServer.Prepared prepared = KafkaServer.prepare(peer.build());
        final long beganNs = System.nanoTime();
        try (KafkaServer server = prepared.launch()) {
            server.awaitPort();
            try (Engine engine = peer.engine(server.address("tcp"))) {
                return firstAppend(engine, server, beganNs);
            }
        }
    }

    private static Start firstAppend(Engine engine, Server server, long beganNs) {
        final Workload workload = Workload.of(Workload.Kind.PRODUCE).with("linger_us", 0);
        engine.createStream(workload.streamName(0), 1, -1);
        try (Sink sink = engine.sink(workload, new AckTimes())) {
            final long nowNs = System.nanoTime();
            sink.send(0, nowNs, nowNs, workload.payload().length(0), false);
            sink.flush();
            if (sink.failures() > 0) {
                throw new IllegalStateException("the first record was refused");
            }
            return new Start((System.nanoTime() - beganNs) / 1e9, ProcessFigures.cpuSeconds(server.pid()));
        }
    }
}
