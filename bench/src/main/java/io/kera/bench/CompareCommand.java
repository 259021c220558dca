package io.kera.bench;

import io.kera.bench.load.Workload;
import io.kera.bench.race.KafkaPeer;
import io.kera.bench.race.RaceOptions;
import io.kera.bench.race.Races;
import io.kera.bench.race.Row;
import io.kera.bench.race.Spread;
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
            "Runs the same workloads against KerA and Apache Kafka, in alternation, each server a process of its own"
                    + " with its data in memory, and prints the ratios to Kafka's better client.",
            "The first time it takes Kafka " + KafkaPeer.VERSION + " from Maven Central; with librdkafka-dev and g++"
                    + " installed, Kafka's C client takes part too."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  kera bench compare --peer kafka", "  kera bench compare --only latency_tcp --rounds 1 --seconds 3"
        })
final class CompareCommand implements Callable<Integer> {
    private static final int MISSED = 1;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--peer", defaultValue = "kafka", description = "the other system: kafka; default ${DEFAULT-VALUE}")
    private String peer = "kafka";

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
            description = "where Kafka is kept; default build/peers in a checkout, else ~/.cache/kera")
    private @Nullable Path peers;

    @Option(names = "--json", description = "also write the rows as an array, in the form of native/bench/run")
    private @Nullable Path json;

    @Option(names = "--strict", description = "exit with 1 when a target is missed")
    private boolean strict;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (list) {
            Races.names().forEach(System.out::println);
            return 0;
        }
        return run(options());
    }

    private RaceOptions options() {
        try {
            if (!"kafka".equals(peer)) {
                throw new IllegalArgumentException("peer=" + peer + "; give kafka");
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
        final KafkaPeer kafka = KafkaPeer.resolve(peersFolder());
        if (kafka.nativeClient().isEmpty()) {
            System.err.println("without librdkafka (apt-get install librdkafka-dev g++): " + kafka.nativeMissing());
        }
        final List<Row> rows =
                Races.run(only, kafka, node.stream().map(CompareCommand::flag).toList(), options);
        System.out.print(table(rows));
        file.write(Row.jsonText(rows));
        return strict && rows.stream().anyMatch(row -> Boolean.FALSE.equals(row.met())) ? MISSED : 0;
    }

    private Path peersFolder() {
        final Path given = peers;
        if (given != null) {
            return given;
        }
        if (Files.isRegularFile(Path.of("bench/kafka-peer/pom.xml"))) {
            return Path.of("build/peers");
        }
        final String cache = System.getenv("XDG_CACHE_HOME");
        return (cache == null || cache.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache))
                .resolve("kera/peers");
    }

    private static String flag(String setting) {
        return "--" + setting.replaceFirst("^--", "").replaceFirst("\\.", "-");
    }

    /** For people; the rows' conditions below it. */
    static String table(List<Row> rows) {
        final MarkdownTable table = new MarkdownTable(
                "name", "unit", "KerA (min to max)", "peer (min to max)", "its client", "ratio (min to max)", "target");
        final StringBuilder conditions = new StringBuilder();
        String said = "";
        for (final Row row : rows) {
            final Boolean met = row.met();
            table.row(
                    row.name(),
                    row.unit(),
                    text(row.ours()),
                    text(row.peer()),
                    row.peerName(),
                    text(row.ratio()),
                    met == null ? "" : targetText(row) + (met ? ": met" : ": MISSED"));
            final String shared = row.conditions().replaceFirst("; (librdkafka|kafka java) .*", "");
            if (!shared.equals(said)) {
                conditions
                        .append("- `")
                        .append(row.name())
                        .append("`: ")
                        .append(shared)
                        .append('\n');
            }
            said = shared;
        }
        return table + "\n" + conditions;
    }

    private static String targetText(Row row) {
        return row.target().text();
    }

    private static String text(@Nullable Spread spread) {
        return spread == null
                ? ""
                : MarkdownTable.number(spread.median()) + " (" + MarkdownTable.number(spread.min()) + " to "
                        + MarkdownTable.number(spread.max()) + ")";
    }
}
