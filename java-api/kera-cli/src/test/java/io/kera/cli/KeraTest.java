package io.kera.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

class KeraTest {
    static List<String> commands() {
        final List<String> names = new ArrayList<>();
        collect(Kera.commandLine(console(new ByteArrayOutputStream())), names);
        return names;
    }

    private static void collect(CommandLine line, List<String> names) {
        names.add(line.getCommandSpec().qualifiedName());
        line.getSubcommands().values().forEach(below -> collect(below, names));
    }

    private static Console console(OutputStream out) {
        return new Console(InputStream.nullInputStream(), out, new ByteArrayOutputStream(), Map.of(), false);
    }

    private static CommandLine find(String name) {
        CommandLine line = Kera.commandLine(console(new ByteArrayOutputStream()));
        for (final String part : List.of(name.split(" ", -1))) {
            line = "kera".equals(part)
                    ? line
                    : Objects.requireNonNull(line.getSubcommands().get(part));
        }
        return line;
    }

    @ParameterizedTest
    @MethodSource("commands")
    void describesEveryCommandAndShowsAnExample(String name) {
        final CommandLine line = find(name);
        final String help = line.getUsageMessage(CommandLine.Help.Ansi.OFF);
        assertTrue(line.getCommandSpec().usageMessage().description().length > 0, name);
        assertTrue(
                help.contains("\nExamples:\n  " + name),
                () -> "give footerHeading = \"%nExamples:%n\" and a footer whose first line is '  " + name + " ...'\n"
                        + help);
        for (final OptionSpec option : line.getCommandSpec().options()) {
            assertTrue(option.description().length > 0, name + " " + option.longestName());
        }
        for (final PositionalParamSpec parameter : line.getCommandSpec().positionalParameters()) {
            assertTrue(parameter.description().length > 0, name + " " + parameter.paramLabel());
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void showsTheSameTextByHelpAndByItsFlag(String name) {
        if ("kera node".equals(name)) {
            return; // its flag shows the node's own table
        }
        final String[] parts = name.split(" ", -1);
        final String[] flag =
                (name.substring("kera".length()).strip() + " --help").strip().split(" ", -1);
        parts[0] = "help";
        final CommandRun byCommand = CommandRun.of(parts).expect(ExitCode.OK);
        assertEquals(byCommand.out(), CommandRun.of(flag).expect(ExitCode.OK).out());
        assertEquals("", byCommand.err());
    }

    @Test
    void namesEveryCommandAndExitCodeInItsReadme() throws IOException {
        final String readme = Files.readString(Path.of("README.md"));
        for (final String name : commands()) {
            final String[] parts = name.split(" ", -1);
            assertTrue(
                    parts.length == 1
                            || (readme.contains("| `kera " + parts[1]) && readme.contains(parts[parts.length - 1])),
                    "README.md lacks a row for " + name);
        }
        find("kera")
                .getCommandSpec()
                .usageMessage()
                .exitCodeList()
                .keySet()
                .forEach(code -> assertTrue(readme.contains("\n| " + code + " | "), "exit code " + code));
    }

    @Test
    void guessesWhatWasMeant() {
        final CommandRun command = CommandRun.of("straem").expect(ExitCode.MISUSED);
        assertTrue(command.err().contains("kera stream"), command.err());
        final CommandRun flag = CommandRun.of("stream", "list", "--jsn").expect(ExitCode.MISUSED);
        assertTrue(flag.err().contains("--json"), flag.err());
        assertTrue(
                CommandRun.of("help", "nothing").expect(ExitCode.MISUSED).err().contains("which has node, stream"));
    }

    /** Commands of other modules are there only where their jar is. */
    @Test
    void doesNotKnowTheBench() {
        final CommandRun run = CommandRun.of("bench").expect(ExitCode.MISUSED);
        assertTrue(run.err().contains("Unmatched argument at index 0: 'bench'"), run.err());
        CommandRun.of("help", "bench").expect(ExitCode.MISUSED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "stream"})
    void saysWhatIsMissing(String group) {
        final CommandRun run = CommandRun.of(group.isEmpty() ? new String[0] : new String[] {group});
        assertTrue(run.expect(ExitCode.MISUSED).err().contains("Missing command"), run.err());
    }

    @Test
    void showsStackTracesOnlyWhenAsked() {
        final String[] line = {"stream", "list", "--uri=tcp:127.0.0.1:1"};
        assertFalse(CommandRun.of(line).expect(ExitCode.UNREACHABLE).err().contains("\tat "));
        final CommandRun verbose = CommandRun.of(line[0], line[1], line[2], "--verbose");
        assertTrue(verbose.expect(ExitCode.UNREACHABLE).err().contains("\tat "), verbose.err());
    }

    @Test
    void reportsErrorsInJsonWhereThatIsAskedFor() {
        final Map<String, Object> error = CommandRun.of("stream", "list", "--uri=tcp:127.0.0.1:1", "--json")
                .expect(ExitCode.UNREACHABLE)
                .jsonError();
        assertEquals("kera stream list", error.get("command"));
        assertEquals(4L, error.get("exit"));
        assertEquals("UNREACHABLE", error.get("code"));
        assertEquals(
                "MISUSED",
                CommandRun.of("stream", "list", "--jsn", "--json")
                        .expect(ExitCode.MISUSED)
                        .jsonError()
                        .get("code"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"udp:127.0.0.1:1", "tcp:127.0.0.1", "tcp:127.0.0.1:0", "tcp:127.0.0.1:65536", "shm:", "db7"})
    void refusesAddressesThatAreNone(String uri) {
        final CommandRun run = CommandRun.of("stream", "list", "--uri", uri).expect(ExitCode.MISUSED);
        assertTrue(run.err().contains("uri=" + uri + " limit=tcp:HOST:PORT|shm:FILE (flag --uri)"), run.err());
        CommandRun.of(Map.of("KERA_URI", uri), "", "stream", "list").expect(ExitCode.MISUSED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0ms", "2d", "10", "soon"})
    void refusesTimesThatAreNone(String time) {
        final CommandRun run =
                CommandRun.of("stream", "list", "--timeout", time).expect(ExitCode.MISUSED);
        assertTrue(run.err().contains("limit=1ms..1d"), run.err());
    }

    @Test
    void saysWhatIsWrongWithTheEnvironmentThatItTakesTheNodeFrom() {
        final CommandRun run = CommandRun.of(Map.of("KERA_LISTEN", "nowhere"), "", "stream", "list");
        assertTrue(run.expect(ExitCode.MISUSED).err().contains("key=listen value=nowhere"), run.err());
    }

    @Test
    void endsQuietlyWhenNobodyReadsAnyMore() {
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final OutputStream closed = new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        final Console console = new Console(InputStream.nullInputStream(), closed, err, Map.of(), false);
        assertEquals(ExitCode.OK, Kera.run(console, "--help"));
        assertEquals("", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void reportsADiskThatIsFull() {
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final OutputStream full = new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        final Console console = new Console(InputStream.nullInputStream(), full, err, Map.of(), false);
        assertEquals(ExitCode.FAILED, Kera.run(console, "--help"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("No space left on device"));
    }

    @Test
    void usesColoursOnlyForPeopleWhoWantThem() {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final InputStream in = InputStream.nullInputStream();
        Kera.run(new Console(in, out, out, Map.of("TERM", "xterm"), true), "--help");
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("\u001b["));
        out.reset();
        Kera.run(new Console(in, out, out, Map.of("TERM", "xterm", "NO_COLOR", "1"), true), "--help");
        assertFalse(out.toString(StandardCharsets.UTF_8).contains("\u001b["));
    }
}
