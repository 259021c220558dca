package io.kera.bench.race;

import io.kera.bench.load.AckTimes;
import io.kera.bench.load.Engine;
import io.kera.bench.load.KeraEngine;
import io.kera.bench.load.ProcessFigures;
import io.kera.bench.load.Sink;
import io.kera.bench.load.Workload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

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
        final List<Start> ours = new ArrayList<>();
        final List<Start> theirs = new ArrayList<>();
        for (int round = -1; round < options.rounds(); round++) {
            final Start kera = kera(field.nodeSettings());
            final Start kafka = kafka(field.peer());
            options.progress()
                    .printf(
                            Locale.ROOT,
                            "start round %d: kera %.2f s, %.2f CPU s; kafka %.2f s, %.2f CPU s%s%n",
                            round + 1,
                            kera.seconds,
                            kera.cpuSeconds,
                            kafka.seconds,
                            kafka.cpuSeconds,
                            round < 0 ? " (warm-up)" : "");
            if (round >= 0) {
                ours.add(kera);
                theirs.add(kafka);
            }
        }
        final String conditions = "from launching the process on a fresh, for Kafka formatted, folder until the first"
                + " record is acknowledged: connect, make a stream, send; the client is warm" + options.nodeNote();
        return List.of(
                Row.of(
                        "start",
                        "s",
                        ours.stream().map(Start::seconds).toList(),
                        Field.KAFKA_JAVA,
                        theirs.stream().map(Start::seconds).toList(),
                        Target.atMost(SECONDS_MAX),
                        conditions),
                Row.of(
                        "start.server_cpu",
                        "s",
                        ours.stream().map(Start::cpuSeconds).toList(),
                        Field.KAFKA_JAVA,
                        theirs.stream().map(Start::cpuSeconds).toList(),
                        Target.NONE,
                        conditions));
    }

    private static Start kera(List<String> settings) throws IOException {
        final long beganNs = System.nanoTime();
        try (KeraServer server = KeraServer.launch(settings);
                Engine engine = new KeraEngine(server.address("tcp"), false)) {
            return firstAppend(engine, server, beganNs);
        }
    }

    private static Start kafka(KafkaPeer peer) throws IOException, InterruptedException {
        final KafkaServer.Prepared prepared = KafkaServer.prepare(peer);
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
