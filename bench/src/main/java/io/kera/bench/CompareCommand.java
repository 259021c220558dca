package io.kera.bench;

import io.kera.bench.load.Workload;
import io.kera.bench.peer.Absent;
import io.kera.bench.peer.KafkaPeer;
import io.kera.bench.peer.Peers;
import io.kera.bench.race.RaceOptions;
import io.kera.bench.race.Races;
import io.kera.bench.race.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kera bench compare}: the same workloads for KerA and for Apache Kafka, in alternation. */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description = {
            "Runs the same workloads against KerA and other systems, in alternation, each server a process of its own"
                    + " with its data in memory, and prints the ratios to each system's better client.",
            "The first time it takes the systems from their registries (Kafka " + KafkaPeer.VERSION + " from Maven"
                    + " Central) and compiles their clients. Kafka's C client needs librdkafka-dev and g++, NATS needs"
                    + " Go.",
            "Who was asked for and cannot race is named in each row (NOT RACED); such a row meets no target, and the"
                    + " exit code is 1."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera bench compare --peer kafka,nats,aeron-archive,chronicle",
            "  kera bench compare --only latency_1k_per_s --rounds 1 --seconds 3"
        })
final class CompareCommand implements Callable<Integer> {
    private static final int MISSED = 1;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--peer",
            split = ",",
            defaultValue = Peers.KAFKA,
            description = "the other systems: kafka, nats, aeron-archive, chronicle; may be repeated; default"
                    + " ${DEFAULT-VALUE}")
    private List<String> peer = new ArrayList<>();

    @Option(names = "--only", split = ",", description = "only these cases; --list names them")
    private List<String> only = new ArrayList<>();

    @Option(names = "--list", description = "name the cases")
    private boolean list;

    @Option(names = "--rounds", defaultValue = "3", description = "rounds of each case; default ${DEFAULT-VALUE}")
    private int rounds = 3;

    @Option(
            names = "--seconds",
            defaultValue = "5",
            description = "seconds of each run that count; default ${DEFAULT-VALUE}")
    private double seconds = 5;

    @Option(
            names = "--warmup",
            defaultValue = "3",
            description = "least seconds of warm-up before them; default ${DEFAULT-VALUE}")
    private double warmup = 3;

    @Option(
            names = "--warmup-max",
            defaultValue = "20",
            description = "seconds that a run at full speed may take to become steady: until the rates of three seconds"
                    + " in a row agree within 10 %%; a run at a rate warms that long; no more than --warmup: each"
                    + " warms for --warmup, steady or not; default ${DEFAULT-VALUE}")
    private double warmupMax = 20;

    @Option(
            names = "--node",
            description = "a setting of the KerA node, such as data.keep=false; may be repeated; default: its defaults")
    private List<String> node = new ArrayList<>();

    @Option(
            names = "--peers",
            description = "where the other systems are kept; default build/peers in a checkout, else ~/.cache/kera")
    private @Nullable Path peers;

    @Option(names = "--json", description = "also write the rows as an array, in the form of native/bench/run")
    private @Nullable Path json;

    @Option(names = "--strict", description = "exit with 1 when a target is missed")
    private boolean strict;

    @Override
    public Integer call() throws IOException, InterruptedException {
        final RaceOptions options = options();
        if (list) {
            Races.names().forEach(System.out::println);
            return 0;
        }
        return run(options);
    }

    private RaceOptions options() {
        try {
            for (final String name : peer) {
                if (!Peers.names().contains(name)) {
                    throw new IllegalArgumentException("peer=" + name + "; give " + String.join(", ", Peers.names()));
                }
            }
            for (final String name : only) {
                if (!Races.names().contains(name)) {
                    throw new IllegalArgumentException("only=" + name + "; there are " + Races.names());
                }
            }
            final String note = node.isEmpty() ? "" : "; node with " + String.join(" ", node);
            final RaceOptions options = new RaceOptions(rounds, warmup, warmupMax, seconds, note, System.err);
            options.timed(Workload.of(Workload.Kind.PRODUCE));
            return options;
        } catch (IllegalArgumentException e) {
            if (spec == null) {
                throw e;
            }
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
    }

    private int run(RaceOptions options) throws IOException, InterruptedException {
        final ResultFile file = ResultFile.of(json);
        final List<String> settings = node.stream().map(CompareCommand::flag).toList();
        final long beganNs = System.nanoTime();
        final List<Row> rows = Races.run(only, peer, peersFolder(), settings, options);
        final String run = RaceTable.heading(only, peer, options, (System.nanoTime() - beganNs) / 1_000_000_000);
        System.out.print(RaceTable.of(run, rows));
        file.write(Row.jsonText(rows, run));
        final List<String> absent = rows.stream()
                .flatMap(row -> row.absent().stream())
                .map(Absent::text)
                .distinct()
                .toList();
        absent.forEach(System.err::println);
        final boolean missed = strict && rows.stream().anyMatch(row -> Boolean.FALSE.equals(row.met()));
        return missed || !absent.isEmpty() ? MISSED : 0;
    }

    private Path peersFolder() {
        final Path given = peers;
        if (given != null) {
            return given;
        }
        if (Files.isRegularFile(Path.of("bench/peers/kafka/pom.xml"))) {
            return Path.of("build/peers");
        }
        final String cache = System.getenv("XDG_CACHE_HOME");
        return (cache == null || cache.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache))
                .resolve("kera/peers");
    }

    private static String flag(String setting) {
        return "--" + setting.replaceFirst("^--", "").replaceFirst("\\.", "-");
    }
}
