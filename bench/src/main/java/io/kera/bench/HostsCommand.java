package io.kera.bench;

import io.kera.bench.hosts.HostsRun;
import io.kera.bench.load.LoadMain;
import io.kera.cli.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kera bench hosts}: a load on several machines. */
@Command(
        name = "hosts",
        mixinStandardHelpOptions = true,
        description =
                "Starts a node and clients on the machines that a file names, over ssh, and adds up what the clients"
                        + " measured. bench/hosts.properties explains the file.",
        footerHeading = "%nExamples:%n",
        footer = {"  kera bench hosts rack7.properties --json rack7.json"})
final class HostsCommand implements Callable<Integer> {
    private static final int FAILED = 1;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FILE", description = "the file that names the machines and their roles")
    private Path file = Path.of("hosts.properties");

    @Option(names = "--json", description = "also write the results of each role, as an array")
    private @Nullable Path json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        final Map<String, HostsRun.Outcome> outcomes;
        final ResultFile written = ResultFile.of(json);
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        try {
            outcomes = HostsRun.run(file);
        } catch (IllegalArgumentException e) {
            if (spec == null) {
                throw e;
            }
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
        final List<Object> all = new ArrayList<>();
        long failures = 0;
        for (final Map.Entry<String, HostsRun.Outcome> entry : outcomes.entrySet()) {
            final HostsRun.Outcome outcome = entry.getValue();
            final String name = "kera, " + outcome.processes() + " processes as " + entry.getKey();
            System.out.print(LoadReport.text(name, outcome.workload(), outcome.result()));
            all.add(LoadReport.json(name, outcome.workload(), outcome.result()));
            failures += outcome.result().failures();
        }
        if (written.isStandardOutput()) {
            System.out.println(Json.write(all));
        }
        written.write(Json.write(all) + "\n");
        return failures == 0 ? 0 : FAILED;
    }

    /** What such a run starts on each machine; made for programs, not for people. */
    @Command(
            name = "client",
            hidden = true,
            mixinStandardHelpOptions = true,
            description = "A client process for `bench hosts`: takes a workload as name=value, and prints its result"
                    + " in the same form.",
            footerHeading = "%nExamples:%n",
            footer = {"  kera bench client uri=tcp:10.0.0.1:4150 kind=PRODUCE payload=100"})
    static final class Client implements Callable<Integer> {
        @Parameters(arity = "1..*", paramLabel = "NAME=VALUE", description = "a setting of the workload")
        private List<String> values = new ArrayList<>();

        @Override
        public Integer call() throws Exception {
            LoadMain.run(values.toArray(new String[0]));
            return 0;
        }
    }
}
