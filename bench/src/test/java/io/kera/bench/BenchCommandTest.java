package io.kera.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.cli.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class BenchCommandTest {
    @TempDir
    private Path folder = Path.of(".");

    @ParameterizedTest
    @CsvSource({
        "produce, tcp, --producers=2 --streams=2 --payload=lognormal:100:1, sent",
        "produce, shm, --send=future, sent",
        "produce, tcp, --send=callback, sent",
        "produce, shm, --rate=1000 --acks=leader, sent",
        "consume, shm, --preload=4 --streamlets=2 --consumers=2, read",
        "latency, tcp, --rate=500, read",
        "latency, shm, --rate=500 --one-thread, read",
        "mixed, shm, --payload=uniform:100..1000, read"
    })
    void measuresAnEmbeddedNode(String command, String transport, String options, String counted) throws Exception {
        final Path json = folder.resolve("result.json");
        final List<String> arguments = new ArrayList<>(List.of(
                command,
                "--transport=" + transport,
                "--seconds=0.2",
                "--warmup=0.1",
                "--arena=64m",
                "--retention=" + (8 << 20),
                "--json=" + json));
        arguments.addAll(List.of(options.split(" ")));
        assertEquals(0, new CommandLine(new BenchCommand()).execute(arguments.toArray(new String[0])));
        final Map<?, ?> result = (Map<?, ?>) Json.parse(Files.readString(json));
        assertTrue(result != null && result.get(counted) instanceof Double count && count > 0, String.valueOf(result));
        assertEquals(0.0, result.get("failures"));
        assertEquals("fixed", result.get("warmup_end"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"produce --producers=2", "consume --preload=4"})
    void saysThatTheTimeWasTooShortToBecomeSteady(String load) throws Exception {
        final Path json = folder.resolve("result.json");
        final List<String> arguments = new ArrayList<>(List.of(load.split(" ")));
        arguments.addAll(List.of(
                "--seconds=0.2",
                "--warmup=0.1",
                "--warmup-max=0.3",
                "--arena=64m",
                "--retention=" + (8 << 20),
                "--json=" + json));
        assertEquals(0, new CommandLine(new BenchCommand()).execute(arguments.toArray(new String[0])));
        final Map<?, ?> result = (Map<?, ?>) Json.parse(Files.readString(json));
        assertTrue(result != null && "unsteady".equals(result.get("warmup_end")), String.valueOf(result));
        assertTrue(result.get("warmup_seconds") instanceof Double seconds && seconds >= 0.3, String.valueOf(result));
    }

    @ParameterizedTest
    @CsvSource({
        "produce --payload=5, limit=16",
        "produce --transport=carrier-pigeon, give shm or tcp",
        "latency --rate=0, rate=0",
        "produce --seconds=x, seconds",
        "compare --peer=pigeon, peer=pigeon; give kafka",
        "compare --peer=kafka --peer=pigeon --list, peer=pigeon; give kafka",
        "produce --send=pigeon, give claim",
        "latency --threads=2, only produce shares a producer",
        "compare --only=nothing, produce_tcp_100b",
        "compare --rounds=0, rounds=0",
        "compare --warmup-max=-1, warmup_max=-1.0"
    })
    void refusesWhatCannotBe(String arguments, String said) {
        final StringWriter error = new StringWriter();
        final int status = new CommandLine(new BenchCommand())
                .setErr(new PrintWriter(error))
                .execute(arguments.split(" "));
        assertEquals(2, status);
        assertTrue(error.toString().contains(said), error.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"produce", "latency", "hosts pom.xml", "compare"})
    void looksAtWhereTheResultGoesBeforeItMeasures(String command) {
        final Path nowhere = folder.resolve("none/result.json");
        final AtomicReference<Exception> failure = new AtomicReference<>();
        new CommandLine(new BenchCommand())
                .setExecutionExceptionHandler((e, line, parsed) -> {
                    failure.set(e);
                    return 1;
                })
                .execute((command + " --json=" + nowhere).split(" "));
        final Exception refused = failure.get();
        assertTrue(
                refused instanceof CommandFailure failed
                        && failed.exitCode() == ExitCode.FAILED
                        && String.valueOf(refused.getMessage()).startsWith("--json=" + nowhere + " cannot be written"),
                String.valueOf(refused));
    }

    @Test
    void readsTheJsonThatItWrites() {
        final Map<String, Object> value = Map.of("a \"b\"\n", List.of(1.5, true, "x"));
        assertEquals(value, Json.parse(Json.write(value)));
    }
}
