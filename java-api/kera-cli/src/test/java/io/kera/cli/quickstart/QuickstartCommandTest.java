package io.kera.cli.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QuickstartCommandTest {
    @TempDir
    private Path folder;

    @Test
    void writesReadsComparesAndLeavesNothing() throws IOException {
        final CommandRun run = quickstart("--gb=0.02").expect(ExitCode.OK);
        assertEquals(
                3, run.out().lines().filter(line -> line.endsWith("every byte")).count(), run::out);
        assertTrue(run.out().contains("ONE ALONE: "), run::out);
        assertTrue(run.out().contains("Try next:"), run::out);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void saysItInJson() {
        final Map<String, Object> said =
                quickstart("--gb=0.004", "--json").expect(ExitCode.OK).json().get(0);
        assertEquals(true, said.get("verified"));
        assertTrue(said.containsKey("disk_alone"), said::toString);
        assertTrue(said.get("passages") instanceof List<?> passages && passages.size() == 3, said::toString);
    }

    /** More than the node's memory takes: the rest is read from the disk. */
    @Test
    void canHandleMoreThanFitsInMemory() {
        quickstart("--gb=0.3", "--arena=64m").expect(ExitCode.OK);
    }

    @ParameterizedTest
    @CsvSource({
        "--gb=-1, --gb",
        "--gb=NaN, --gb",
        "--seconds=0, --seconds=0",
        "--gb=1000000, needed=",
        "--arena=1k, arena"
    })
    void refuses(String flag, String said) {
        final CommandRun run = quickstart(flag);
        assertTrue(run.status() == ExitCode.MISUSED || run.status() == ExitCode.FAILED, run::err);
        assertTrue(run.err().contains(said), run::err);
    }

    @Test
    void refusesAFolderThatIsNotThere() {
        final CommandRun run = CommandRun.of("quickstart", "--folder=" + folder.resolve("gone"));
        assertEquals(ExitCode.MISUSED, run.status());
        assertTrue(run.err().contains("gone"), run::err);
    }

    private CommandRun quickstart(String... flags) {
        final String[] arguments = new String[flags.length + 2];
        arguments[0] = "quickstart";
        arguments[1] = "--folder=" + folder;
        System.arraycopy(flags, 0, arguments, 2, flags.length);
        return CommandRun.of(arguments);
    }
}
