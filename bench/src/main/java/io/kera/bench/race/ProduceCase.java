package io.kera.bench.race;

import io.kera.bench.load.Workload;
import io.kera.bench.peer.Contestant;
import io.kera.bench.peer.Peer;
import java.util.ArrayList;
import java.util.List;

/** Producers as fast as they go. Immutable. */
record ProduceCase(String name, int bytes, Way way, List<Target> targets, List<Target> cpuTargets) implements RaceCase {
    /** How our client sends. */
    enum Way {
        TCP("kera tcp", "tcp", "claim", 1, Peer.Discipline.PRODUCE, "by claims"),
        SHM("kera shm", "shm", "claim", 1, Peer.Discipline.PRODUCE_LOCALLY, "by claims"),
        SEND("kera tcp, send", "tcp", "callback", 1, Peer.Discipline.PRODUCE, "by send(record, callback)"),
        SEND_4T(
                "kera tcp, send by 4 threads",
                "tcp",
                "callback",
                4,
                Peer.Discipline.PRODUCE_SHARED,
                "by send(record, callback), four threads with one producer");

        private final String contestant;
        private final String transport;
        private final String send;
        private final int threads;
        private final Peer.Discipline discipline;
        private final String text;

        Way(String contestant, String transport, String send, int threads, Peer.Discipline discipline, String text) {
            this.contestant = contestant;
            this.transport = transport;
            this.send = send;
            this.threads = threads;
            this.discipline = discipline;
            this.text = text;
        }
    }

    private static final long RETENTION = 256L << 20;
    private static final double[] PERCENTILES = {50, 99, 99.9};

    @Override
    public List<Row> run(Field field, RaceOptions options) throws InterruptedException {
        final Contestant ours = field.kera(way.contestant, way.transport, workload -> workload);
        final List<Contestant> all = new ArrayList<>(List.of(ours));
        all.addAll(field.rivals(way.discipline));
        final Workload workload = options.timed(Workload.of(Workload.Kind.PRODUCE))
                .with("payload", bytes)
                .with("send", way.send)
                .with("threads", way.threads)
                .with("retention", RETENTION);
        final RowMaker rows = new RowMaker(
                new Race(all, field.absent(way.discipline), 0, options).run(name, workload),
                ours.name(),
                "one producer, one stream, one streamlet/partition, " + bytes + " B values without keys; KerA "
                        + way.text + "; defaults of each but for those that are tuned (KerA acks replicas = leader on"
                        + " a lone node, chunks of 64 KiB; Kafka acks=all with one replica); nothing waits for a disk:"
                        + " all data folders in memory; each stream or topic keeps its newest 256 MiB"
                        + options.nodeNote());
        final List<Row> made = new ArrayList<>();
        made.add(
                isInMillions()
                        ? rows.row(name, "million/s", result -> result.sentPerSecond() / 1e6, true, targets)
                        : rows.row(
                                name, "MB/s", result -> RaceCase.megabytes(result.sentBytes(), result), true, targets));
        made.add(rows.row(
                name + ".server_cpu",
                "s/GB",
                result -> RaceCase.perGigabyte(result.serverCpuSeconds(), result.sentBytes()),
                false,
                cpuTargets));
        made.add(rows.row(
                name + ".client_cpu",
                "s/GB",
                result -> RaceCase.perGigabyte(result.clientCpuSeconds(), result.sentBytes()),
                false,
                List.of()));
        for (final double percentile : PERCENTILES) {
            made.add(rows.row(
                    name + ".ack_p" + RaceCase.percentile(percentile),
                    "us",
                    result -> RaceCase.micros(result.acks(), percentile),
                    false,
                    List.of()));
        }
        made.add(rows.row(
                name + ".server_peak", "MiB", result -> result.serverPeakBytes() / 1048576.0, false, List.of()));
        return made;
    }

    private boolean isInMillions() {
        return targets.stream().anyMatch(target -> target.bound() == Target.Bound.AT_LEAST);
    }
}
