package io.kera.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.json.Json;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import picocli.CommandLine;

class PlotCommandTest {
    @TempDir
    private Path folder = Path.of(".");

    @Test
    void everyChartIsWellFormedAndShowsEverybody() throws Exception {
        final Path load = folder.resolve("load.json");
        final Map<String, Object> latency =
                Map.of("count", 2, "percentiles", List.of(List.of(0.0, 5.0), List.of(99.0, 50.0), List.of(100, 700)));
        Files.writeString(
                load,
                Json.write(Map.of(
                        "name",
                        "latency 100",
                        "engine",
                        "a & b",
                        "latency_us",
                        Map.of("end_to_end", latency),
                        "records_per_second",
                        List.of(List.of(0.1, 1e6), List.of(0.2, 2e6)))));
        final Path rows = folder.resolve("rows.json");
        Files.writeString(
                rows,
                "[{\"name\": \"produce\", \"unit\": \"MB/s\", \"ours\": {\"median\": 20}, \"peer\": {\"median\": 2},"
                        + " \"ratio\": 10}, {\"name\": \"failed\", \"unit\": \"s\", \"ours\": null}]");
        assertEquals(0, run("plot", load.toString(), rows.toString(), "--out=" + folder.resolve("charts")));
        try (Stream<Path> charts = Files.list(folder.resolve("charts"))) {
            assertEquals(
                    List.of("latency-end-to-end.svg", "rows-compared.svg", "throughput.svg"),
                    charts.map(chart -> chart.getFileName().toString()).sorted().toList());
        }
        final Document curves = parsed(folder.resolve("charts/latency-end-to-end.svg"));
        assertEquals(1, curves.getElementsByTagName("polyline").getLength());
        assertTrue(curves.getDocumentElement().getTextContent().contains("a & b"));
        assertTrue(parsed(folder.resolve("charts/rows-compared.svg"))
                .getDocumentElement()
                .getTextContent()
                .contains("x 10.0"));
    }

    @Test
    void refusesWhatIsNoResult() throws Exception {
        final Path other = folder.resolve("other.json");
        Files.writeString(other, "{\"a\": 1}");
        assertEquals(2, run("plot", other.toString()));
        Files.writeString(other, "{\"a\"");
        assertEquals(2, run("plot", other.toString()));
    }

    private static int run(String... arguments) {
        return new CommandLine(new BenchCommand())
                .setErr(new PrintWriter(new StringWriter()))
                .execute(arguments);
    }

    private static Document parsed(Path file) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(Files.readString(file).getBytes(StandardCharsets.UTF_8)));
    }
}
