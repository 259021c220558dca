package io.kera.bench;

import io.kera.bench.load.Engine;
import io.kera.bench.load.KeraEngine;
import io.kera.bench.load.LoadResult;
import io.kera.bench.load.LoadRun;
import io.kera.bench.load.Workload;
import io.kera.cli.json.Json;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** One load on one node, now. What is printed and what JSON holds is {@link LoadReport}. */
abstract class LoadCommand implements Callable<Integer> {
    private static final int FAILED = 1;

    private final Workload.Kind kind;
    private final long defaultRate;
    private final long defaultLinger;

    @Mixin
    private LoadOptions options = new LoadOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--uri",
            description =
                    "the node: tcp:HOST:PORT or shm:/PATH; default: a node in this process, with its data in memory")
    private @Nullable String uri;

    @Option(
            names = "--transport",
            defaultValue = "shm",
            description = "the transport to the node in this process: shm or tcp; default ${DEFAULT-VALUE}")
    private String transport = "shm";

    @Option(
            names = "--arena",
            defaultValue = "1g",
            description = "memory of the node in this process; default ${DEFAULT-VALUE}")
    private String arena = "1g";

    @Option(names = "--server-pid", description = "the process whose processor time is shown: a node on this machine")
    private long serverPid;

    @Option(names = "--json", description = "also write the result, for `bench plot`; - is standard output")
    private @Nullable Path json;

    LoadCommand(Workload.Kind kind, long defaultRate, long defaultLinger) {
        this.kind = kind;
        this.defaultRate = defaultRate;
        this.defaultLinger = defaultLinger;
    }

    @Override
    public Integer call() throws Exception {
        final Workload workload = workload();
        final ResultFile file = ResultFile.of(json);
        try (TargetNode node = TargetNode.of(uri, transport, arena);
                Engine engine = new KeraEngine(node.uri(), workload.oneThread());
                StreamsAtExit streams = StreamsAtExit.of(node, workload)) {
            final String name = "kera " + node.uri().substring(0, node.uri().indexOf(':'))
                    + (node.isEmbedded() ? " (embedded)" : "");
            final LoadResult result = LoadRun.run(engine, workload, serverPid);
            streams.forget();
            final String document = Json.write(LoadReport.json(name, workload, result)) + "\n";
            System.out.print(file.isStandardOutput() ? document : LoadReport.text(name, workload, result));
            file.write(document);
            return result.failures() == 0 ? 0 : FAILED;
        }
    }

    private Workload workload() {
        try {
            if (!"shm".equals(transport) && !"tcp".equals(transport)) {
                throw new IllegalArgumentException("transport=" + transport + "; give shm or tcp");
            }
            final String stream =
                    "bench-" + Long.toString(System.nanoTime(), 36).toLowerCase(Locale.ROOT);
            return options.workload(kind, stream, defaultRate, defaultLinger);
        } catch (IllegalArgumentException e) {
            if (spec == null) {
                throw e;
            }
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
    }

    /** Producers only. */
    @Command(
            name = "produce",
            mixinStandardHelpOptions = true,
            description = "Sends records, and shows how many were acknowledged, and how soon.",
            footerHeading = "%nExamples:%n",
            footer = {"  kera bench produce --transport tcp --payload 1024 --seconds 10"})
    static final class Produce extends LoadCommand {
        Produce() {
            super(Workload.Kind.PRODUCE, 0, -1);
        }
    }

    /** Consumers only. */
    @Command(
            name = "consume",
            mixinStandardHelpOptions = true,
            description = "Fills a stream, and reads it repeatedly.",
            footerHeading = "%nExamples:%n",
            footer = {"  kera bench consume --uri tcp:127.0.0.1:4150 --consumers 2 --streamlets 2"})
    static final class Consume extends LoadCommand {
        Consume() {
            super(Workload.Kind.CONSUME, 0, -1);
        }
    }

    /** At a rate, timed from end to end. */
    @Command(
            name = "latency",
            mixinStandardHelpOptions = true,
            description = "Sends records at a rate, reads them, and shows the time of each from when it was due until"
                    + " it was read.",
            footerHeading = "%nExamples:%n",
            footer = {"  kera bench latency --one-thread --rate 10000"})
    static final class Latency extends LoadCommand {
        private static final long RATE = 10_000;

        Latency() {
            super(Workload.Kind.LATENCY, RATE, 0);
        }
    }

    /** Producers and consumers at once. */
    @Command(
            name = "mixed",
            mixinStandardHelpOptions = true,
            description = "Sends and reads at the same time, at full speed or at a --rate.",
            footerHeading = "%nExamples:%n",
            footer = {"  kera bench mixed --producers 2 --consumers 2 --streamlets 4 --payload lognormal:200:1"})
    static final class Mixed extends LoadCommand {
        Mixed() {
            super(Workload.Kind.MIXED, 0, -1);
        }
    }
}
