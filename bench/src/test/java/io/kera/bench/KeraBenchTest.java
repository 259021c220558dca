package io.kera.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.Kera;
import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** {@code kera} finds the bench on its class path, and treats it as a command of its own. */
class KeraBenchTest {
    @TempDir
    private Path folder = Path.of(".");

    private record Ended(int status, String out, String err) {}

    private static Ended kera(String... arguments) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final int status = Kera.run(new Console(InputStream.nullInputStream(), out, err, Map.of(), false), arguments);
        return new Ended(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    static List<String> commands() {
        final List<String> names = new ArrayList<>(List.of("bench"));
        new CommandLine(new BenchCommand()).getSubcommands().keySet().forEach(name -> names.add("bench " + name));
        return names;
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpsWithEveryCommandAndShowsAnExample(String name) {
        final Ended helped = kera(("help " + name).split(" "));
        assertEquals(ExitCode.OK, helped.status(), helped::err);
        assertEquals("", helped.err());
        assertTrue(helped.out().contains("\nExamples:\n  kera " + name), helped::out);
        assertEquals(helped, kera((name + " --help").split(" ")));
    }

    @Test
    void describesEveryFlag() {
        new CommandLine(new BenchCommand()).getSubcommands().forEach((name, line) -> {
            assertTrue(line.getCommandSpec().usageMessage().description().length > 0, name);
            for (final OptionSpec option : line.getCommandSpec().options()) {
                assertTrue(option.description().length > 0, name + " " + option.longestName());
            }
        });
    }

    @Test
    void isListedAndCompleted() {
        assertTrue(kera("--help").out().contains("\n  bench "));
        assertTrue(kera("completion", "bash").out().contains("quickstart completion manual help bench"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"hosts", "plot"})
    void saysThatAFileIsNotThere(String command) {
        final String missing = folder.resolve("none").toString();
        final Ended refused = kera("bench", command, missing);
        assertEquals(ExitCode.NOT_FOUND, refused.status());
        assertEquals("kera bench " + command + ": file=" + missing + "; there is no such file\n", refused.err());
    }

    /** There {@code --json} names a file. */
    @Test
    void printsErrorsAsText() {
        final String nowhere = folder.resolve("none/x.json").toString();
        final Ended refused = kera("bench", "produce", "--json", nowhere);
        assertEquals(ExitCode.FAILED, refused.status());
        assertEquals(
                "kera bench produce: --json=" + nowhere + " cannot be written; give a file in a folder of yours\n",
                refused.err());
    }

    @Test
    void refusesWhatIsWrongWithTheCommandLine() {
        final Ended refused = kera("bench", "produce", "--transport=pigeon");
        assertEquals(ExitCode.MISUSED, refused.status());
        assertEquals(
                "kera bench produce: transport=pigeon; give shm or tcp\nTry 'kera bench produce --help'.\n",
                refused.err());
        assertEquals(ExitCode.MISUSED, kera("bench", "prodcue").status());
    }
}
