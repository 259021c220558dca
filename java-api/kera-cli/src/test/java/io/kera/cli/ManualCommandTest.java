package io.kera.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandRun;
import io.kera.node.config.NodeKeys;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class ManualCommandTest {
    private final String page = CommandRun.of("manual").expect(ExitCode.OK).out();

    private static String roff(String text) {
        return text.replace("-", "\\-");
    }

    @ParameterizedTest
    @MethodSource("io.kera.cli.KeraTest#commands")
    void hasEveryCommandWithEveryFlag(String name) {
        final Console console = new Console(
                InputStream.nullInputStream(),
                new ByteArrayOutputStream(),
                new ByteArrayOutputStream(),
                Map.of(),
                false);
        CommandLine line = Kera.commandLine(console);
        for (final String part : name.replaceFirst("^kera ?", "").split(" ", -1)) {
            line = part.isEmpty()
                    ? line
                    : Objects.requireNonNull(line.getSubcommands().get(part));
        }
        final String head = "kera".equals(name) ? ".B kera\n" : ".SS " + roff(name);
        final int begin = page.indexOf(head);
        assertTrue(begin >= 0, name);
        final int end = page.indexOf("\n.SS ", begin + 1);
        final String section = page.substring(begin, end < 0 ? page.length() : end);
        for (final OptionSpec option : line.getCommandSpec().options()) {
            assertTrue(section.contains(roff(option.longestName())), () -> name + " " + option.longestName());
        }
    }

    @Test
    void hasEverySettingOfANode() {
        NodeKeys.all()
                .forEach(key -> assertTrue(
                        page.contains(
                                "\n\\fB" + roff(key.flag()) + "\\fR=\\fIVALUE\\fR, " + roff(key.environmentName())),
                        key::name));
    }

    @Test
    void letsNoTextBeACommandOfRoff() {
        page.lines()
                .filter(line -> line.startsWith(".") || line.startsWith("'"))
                .forEach(line -> assertTrue(line.matches("\\.(TH|SH|SS|TP|PP|nf|fi|B|BR)( .*)?"), line));
        assertEquals(CommandRun.of("manual").expect(ExitCode.OK).out(), page);
    }
}
