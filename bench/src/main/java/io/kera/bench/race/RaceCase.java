package io.kera.bench.race;

import io.kera.bench.load.LoadResult;
import io.kera.bench.load.Workload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Some rows of the table that come from the same rounds. Immutable. */
interface RaceCase {
    /** What {@code --only} takes. */
    String name();

    List<Row> run(Field field, RaceOptions options) throws IOException, InterruptedException;

    /** Producers as fast as they go, defaults of each. */
    record Produce(String name, int bytes, Way way, Target target, Target cpuTarget) implements RaceCase {
        /** How our client sends. */
        enum Way {
            TCP,
            SHM,
            SEND
        }

        private static final long RETENTION = 256L << 20;

        @Override
        public List<Row> run(Field field, RaceOptions options) throws IOException, InterruptedException {
            final Contestant ours = switch (way) {
                case TCP -> field.keraTcp();
                case SHM -> field.keraShm();
                case SEND -> field.keraSend();
            };
            final List<Contestant> all = new ArrayList<>(List.of(ours));
            all.addAll(field.kafkas());
            final Workload workload = options.timed(Workload.of(Workload.Kind.PRODUCE))
                    .with("payload", bytes)
                    .with("retention", RETENTION);
            final RowMaker rows = new RowMaker(
                    new Race(all, options.rounds(), options.progress()).run(name, workload),
                    ours.name(),
                    field.kafkas().stream().map(Contestant::name).toList(),
                    "one producer, one stream, one streamlet/partition, " + bytes
                            + " B values without keys; defaults of each (KerA acks replicas = leader on a lone node,"
                            + " chunks of 64 KiB, linger 1 ms; Kafka acks=all with one replica, Java linger 5 ms and"
                            + " batches of 16 KiB, librdkafka linger 5 ms); nothing waits for a disk: data folders of"
                            + " both in memory; KerA's stream keeps its newest 256 MiB, Kafka's all"
                            + options.nodeNote());
            final boolean millions = target.bound() == Target.Bound.AT_LEAST;
            final List<Row> made = new ArrayList<>();
            made.add(
                    millions
                            ? rows.row(name, "million/s", result -> result.sentPerSecond() / 1e6, true, target)
                            : rows.row(name, "MB/s", result -> megabytes(result.sentBytes(), result), true, target));
            made.add(rows.row(
                    name + ".server_cpu",
                    "s/GB",
                    result -> perGigabyte(result.serverCpuSeconds(), result.sentBytes()),
                    false,
                    cpuTarget));
            made.add(rows.row(
                    name + ".client_cpu",
                    "s/GB",
                    result -> perGigabyte(result.clientCpuSeconds(), result.sentBytes()),
                    false,
                    Target.NONE));
            for (final double percentile : new double[] {50, 99, 99.9}) {
                made.add(rows.row(
                        name + ".ack_p" + percentile(percentile),
                        "us",
                        result -> result.acks().getValueAtPercentile(percentile) / 1e3,
                        false,
                        Target.NONE));
            }
            made.add(rows.row(
                    name + ".server_peak", "MiB", result -> result.serverPeakBytes() / 1048576.0, false, Target.NONE));
            return made;
        }
    }

    /** Consumers as fast as they go, over the same records again and again. */
    record Consume(String name, int bytes) implements RaceCase {
        @Override
        public List<Row> run(Field field, RaceOptions options) throws IOException, InterruptedException {
            final Contestant ours = field.keraTcp();
            final List<Contestant> all = new ArrayList<>(List.of(ours));
            all.addAll(field.kafkas());
            final Workload workload =
                    options.timed(Workload.of(Workload.Kind.CONSUME)).with("payload", bytes);
            final RowMaker rows = new RowMaker(
                    new Race(all, options.rounds(), options.progress()).run(name, workload),
                    ours.name(),
                    field.kafkas().stream().map(Contestant::name).toList(),
                    "one consumer reads 512 MiB of " + bytes
                            + " B values from memory again and again over TCP, the first"
                            + " 16 bytes of each; defaults of each" + options.nodeNote());
            final ToDoubleFunction<LoadResult> rate = result -> megabytes(result.readBytes(), result);
            return List.of(
                    rows.row(name, "MB/s", rate, true, Target.NONE),
                    rows.row(
                            name + ".server_cpu",
                            "s/GB",
                            result -> perGigabyte(result.serverCpuSeconds(), result.readBytes()),
                            false,
                            Target.NONE),
                    rows.row(
                            name + ".client_cpu",
                            "s/GB",
                            result -> perGigabyte(result.clientCpuSeconds(), result.readBytes()),
                            false,
                            Target.NONE));
        }
    }

    /** From when a record was due to when it was read, at a rate. */
    record Latency(String name, boolean shm, Target p50, Target p99) implements RaceCase {
        private static final int RATE = 10_000;

        @Override
        public List<Row> run(Field field, RaceOptions options) throws IOException, InterruptedException {
            final Contestant ours = shm ? field.keraShm() : field.keraTcp();
            final List<Contestant> all = new ArrayList<>(List.of(ours));
            all.addAll(field.kafkasByLinger());
            final Workload workload = options.timed(Workload.of(Workload.Kind.LATENCY))
                    .with("rate", RATE)
                    .with("linger_us", 0)
                    .with("one_thread", true);
            final RowMaker rows = new RowMaker(
                    new Race(all, options.rounds(), options.progress()).run(name, workload),
                    ours.name(),
                    field.kafkasByLinger().stream().map(Contestant::name).toList(),
                    "100 B at " + RATE
                            + " records/s, open loop, from when a record was due; KerA without lingering: one thread"
                            + " without an I/O thread sends, polls and reads by push; Kafka: a thread that sends,"
                            + " sleeping between records, one that reads, without lingering and by its defaults; acks"
                            + " by default"
                            + options.nodeNote());
            final List<Row> made = new ArrayList<>();
            for (final double percentile : new double[] {50, 99, 99.9, 100}) {
                made.add(rows.row(
                        name + ".p" + percentile(percentile),
                        "us",
                        result -> result.endToEnd().getValueAtPercentile(percentile) / 1e3,
                        false,
                        percentile == 50 ? p50 : percentile == 99 ? p99 : Target.NONE));
            }
            made.add(rows.row(
                    name + ".from_send_p50",
                    "us",
                    result -> result.fromSend().getValueAtPercentile(50) / 1e3,
                    false,
                    Target.NONE));
            made.add(rows.row(
                    name + ".from_send_p99",
                    "us",
                    result -> result.fromSend().getValueAtPercentile(99) / 1e3,
                    false,
                    Target.NONE));
            return made;
        }
    }

    private static String percentile(double value) {
        return value == Math.rint(value) ? Integer.toString((int) value) : Double.toString(value);
    }

    private static double megabytes(long bytes, LoadResult result) {
        return bytes / result.seconds() / 1e6;
    }

    private static double perGigabyte(double cpuSeconds, long bytes) {
        return cpuSeconds / (bytes / 1e9);
    }
}
