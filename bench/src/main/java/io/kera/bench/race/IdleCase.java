package io.kera.bench.race;

import io.kera.bench.load.ProcessFigures;
import io.kera.bench.peer.Absent;
import io.kera.bench.peer.ChildProcess;
import io.kera.bench.peer.Contestant;
import io.kera.bench.peer.EchoServer;
import io.kera.bench.peer.Entrant;
import io.kera.bench.peer.KafkaPeer;
import io.kera.bench.peer.KafkaServer;
import io.kera.bench.peer.KeraServer;
import io.kera.bench.peer.Peer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Fresh servers that nobody asks for anything, alone and with a client that has a producer and a consumer open: their
 * processor time and memory. All are idle beside each other, which takes nothing from any.
 */
record IdleCase() implements RaceCase {
    private static final double CORE_PERCENT_MAX = 0.1;
    private static final double RESIDENT_MIB_MAX = 250;

    /** Long enough that what happens once a second is seen often. */
    private static final double SECONDS_MAX = 20;

    private static final int SECONDS_FACTOR = 10;

    /** One look. */
    private record Look(double alone, double residentMib, double server, double client) {}

    /** One of the servers, and later its client. */
    private static final class Idler implements AutoCloseable {
        private final Contestant contestant;
        private @Nullable ChildProcess client;

        Idler(Contestant contestant) {
            this.contestant = contestant;
        }

        void beginClient() throws IOException, InterruptedException {
            client = contestant.idle("idle-" + ProcessHandle.current().pid());
        }

        long serverPid() {
            return contestant.server().pid();
        }

        long clientPid() {
            return client == null ? 0 : client.pid();
        }

        @Override
        public void close() {
            if (client != null) {
                client.close();
            }
            contestant.server().close();
        }
    }

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public List<Row> run(Field field, RaceOptions options) throws IOException, InterruptedException {
        final Map<Entrant, List<Look>> looks = new LinkedHashMap<>();
        for (int round = 0; round < options.rounds(); round++) {
            final List<Idler> idlers = new ArrayList<>();
            try {
                start(field, idlers);
                look(idlers, Math.min(SECONDS_MAX, options.seconds() * SECONDS_FACTOR), looks);
            } finally {
                idlers.forEach(Idler::close);
            }
            for (final Map.Entry<Entrant, List<Look>> one : looks.entrySet()) {
                final Look last = one.getValue().get(round);
                options.progress()
                        .printf(
                                Locale.ROOT,
                                "idle round %d %s: %.3f %% of a core, %.0f MiB; beside a client %.3f %%, client %.3f %%%n",
                                round + 1,
                                one.getKey().name(),
                                last.alone,
                                last.residentMib,
                                last.server,
                                last.client);
            }
        }
        return rows(looks, field.absent(Peer.Discipline.IDLE), options);
    }

    private static void start(Field field, List<Idler> idlers) throws IOException, InterruptedException {
        final KeraServer node = KeraServer.start(field.nodeSettings());
        idlers.add(new Idler(field.kera("kera tcp", "tcp", workload -> workload).on(node)));
        final Optional<KafkaPeer> kafka = field.kafka();
        if (kafka.isPresent()) {
            final KafkaServer broker = KafkaServer.start(kafka.get().build());
            idlers.add(new Idler(kafka.get().javaClient().on(broker)));
        }
        idlers.add(new Idler(field.harness().get(0).on(EchoServer.start())));
        for (final Idler one : idlers) {
            one.contestant.server().settle();
        }
    }

    private static void look(List<Idler> idlers, double seconds, Map<Entrant, List<Look>> looks)
            throws IOException, InterruptedException {
        final List<Long> servers = idlers.stream().map(Idler::serverPid).toList();
        final List<Double> alone = percents(servers, seconds);
        final List<Double> resident = idlers.stream()
                .map(one -> one.contestant.server().residentBytesBeyondData() / 1048576.0)
                .toList();
        for (final Idler one : idlers) {
            one.beginClient();
        }
        for (final Idler one : idlers) {
            one.contestant.server().settle();
        }
        final List<Long> both = new ArrayList<>(servers);
        idlers.forEach(one -> both.add(one.clientPid()));
        final List<Double> beside = percents(both, seconds);
        for (int i = 0; i < idlers.size(); i++) {
            looks.computeIfAbsent(idlers.get(i).contestant.entrant(), entrant -> new ArrayList<>())
                    .add(new Look(alone.get(i), resident.get(i), beside.get(i), beside.get(idlers.size() + i)));
        }
    }

    /** Of a core, for each process, in the same time. */
    private static List<Double> percents(List<Long> pids, double seconds) throws InterruptedException {
        final List<Map<String, Long>> before =
                pids.stream().map(ProcessFigures::threadNanos).toList();
        final long beganNs = System.nanoTime();
        Thread.sleep((long) (seconds * 1000));
        final List<Double> percents = new ArrayList<>();
        final double tookSeconds = (System.nanoTime() - beganNs) / 1e9;
        for (int i = 0; i < pids.size(); i++) {
            percents.add(
                    ProcessFigures.seconds(before.get(i), ProcessFigures.threadNanos(pids.get(i))) / tookSeconds * 100);
        }
        return percents;
    }

    private static List<Row> rows(Map<Entrant, List<Look>> looks, List<Absent> absent, RaceOptions options) {
        final String conditions = "a fresh server with its defaults, KerA's with HTTP and its arena's pages brought in;"
                + " resident memory without KerA's arena, and all of Kafka's (its data is in the page cache);"
                + " .client: a client that has sent a record and read it, its producer and consumer open, an"
                + " application's thread in a poll of 1 s; harness alone: JVMs that have nothing to do"
                + options.nodeNote();
        final List<Target> idle = List.of(Target.atMost(CORE_PERCENT_MAX));
        return List.of(
                row("idle_cpu", "% of a core", looks, Look::alone, idle, absent, conditions),
                row(
                        "idle_memory",
                        "MiB",
                        looks,
                        Look::residentMib,
                        List.of(Target.atMost(RESIDENT_MIB_MAX)),
                        absent,
                        conditions),
                row("idle_client.client_cpu", "% of a core", looks, Look::client, idle, absent, conditions),
                row("idle_client.server_cpu", "% of a core", looks, Look::server, idle, absent, conditions));
    }

    private static Row row(
            String name,
            String unit,
            Map<Entrant, List<Look>> looks,
            java.util.function.ToDoubleFunction<Look> figure,
            List<Target> targets,
            List<Absent> absent,
            String conditions) {
        final Figures figures = new Figures(looks.keySet().stream()
                .filter(one -> !one.system().equals(Outcome.OURS))
                .toList());
        looks.forEach((entrant, all) -> all.forEach(look -> {
            if (entrant.system().equals(Outcome.OURS)) {
                figures.addOurs(figure.applyAsDouble(look));
            } else {
                figures.add(entrant, figure.applyAsDouble(look));
            }
        }));
        return figures.row(name, unit, false, targets, absent, conditions);
    }
}
