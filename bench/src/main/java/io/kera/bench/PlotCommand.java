package io.kera.bench;

import io.kera.bench.plot.Plots;
import io.kera.cli.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

/** {@code kera bench plot}: charts from what the other commands wrote with {@code --json}. */
@Command(
        name = "plot",
        mixinStandardHelpOptions = true,
        description =
                "Draws SVG charts of results: latencies by percentile, throughput over time, bars of a comparison."
                        + " Results of several loads share their charts.",
        footerHeading = "%nExamples:%n",
        footer = {"  kera bench plot latency-tcp.json latency-shm.json --out charts"})
final class PlotCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "files that --json of a load or of compare wrote")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--out", defaultValue = ".", description = "the folder for the charts; default: here")
    private Path out = Path.of(".");

    @Override
    public Integer call() throws IOException {
        try {
            final Map<String, @Nullable Object> documents = new LinkedHashMap<>();
            for (final Path file : files) {
                documents.put(
                        file.getFileName().toString().replaceFirst("\\.json$", ""),
                        parse(Files.readString(file), file));
            }
            Files.createDirectories(out);
            for (final Map.Entry<String, String> chart : Plots.of(documents).entrySet()) {
                Files.writeString(out.resolve(chart.getKey()), chart.getValue());
                System.out.println(out.resolve(chart.getKey()));
            }
            return 0;
        } catch (IllegalArgumentException e) {
            if (spec == null) {
                throw e;
            }
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable Object parse(String text, Path file) {
        try {
            return Json.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "file=" + file + " " + e.getMessage() + "; give what --json of a load or of compare wrote", e);
        }
    }
}
